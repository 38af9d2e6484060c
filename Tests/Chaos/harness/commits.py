"""Every commit that a group ever made, read from the broker's own log of them, and whether each was safe when made."""

import struct
from collections import defaultdict
from typing import NamedTuple

from oracle.check import Report

LOG_OF_COMMITS = "__consumer_offsets"


class Commit(NamedTuple):
    """One commit of one partition; the time is the broker's, in milliseconds."""

    partition: int
    offset: int
    time: int


def history(broker, group, topic):
    """The commits of `group` over `topic`, in the order in which the broker wrote them."""
    wanted = struct.pack(">h", len(group)) + group.encode() + struct.pack(">h", len(topic)) + topic.encode()
    for one in broker.read(LOG_OF_COMMITS):
        # Version 0 and 1 of the key are commits; others tell of members. An empty value takes a commit back.
        if one.key is None or one.value is None or struct.unpack(">h", one.key[:2])[0] > 1 or one.key[2:-4] != wanted:
            continue
        yield Commit(struct.unpack(">i", one.key[-4:])[0], struct.unpack(">q", one.value[2:10])[0], one.timestamp)


def check_commits(commits, arrivals, counts):
    """No commit passes a record that was not safe by then, and none goes back.

    `arrivals` yields (shard, seq, time): when each record was first safe somewhere, by the clock of the broker that
    stamped it (brokers of one machine share it). A record without an arrival counts as safe from the start: whether it
    should have arrived is for others to say.
    """
    report = Report("commits")
    first = [defaultdict(lambda: 0) for _ in counts]
    for shard, seq, time in arrivals:
        if seq not in first[shard]:
            first[shard][seq] = time
    # safe[shard][n]: when everything below n was safe.
    safe = []
    for shard, count in enumerate(counts):
        times, latest = [0], 0
        for seq in range(count):
            latest = max(latest, first[shard].get(seq, 0))
            times.append(latest)
        safe.append(times)
    last = {}
    for one in commits:
        report.delivered += 1
        before = last.get(one.partition, -1)
        if one.offset < before:
            report.fault("back", f"shard {one.partition}: {one.offset} after {before}")
        last[one.partition] = one.offset
        if one.offset > counts[one.partition]:
            report.fault("beyond", f"shard {one.partition}: {one.offset} of {counts[one.partition]} records")
        elif one.time < safe[one.partition][max(one.offset, 0)]:
            late = safe[one.partition][one.offset] - one.time
            report.fault("early", f"shard {one.partition}: {one.offset} was committed {late} ms before it was safe")
    return report

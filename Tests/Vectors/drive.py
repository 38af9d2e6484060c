"""Drives shard_machine.py by JSON lines, so that another implementation can be compared with it step by step.

Standard input: `{"config": {...}}` (as in vectors/README.md) makes a new machine; any other line is an event for it.
Standard output: one line an event, with sorted keys: the decisions of the vectors, and besides them the books, the
cursors, what is told to other shards, every submit's [sink, delivery, heard] and every letter's attempts.
"""
import json
import sys

import replay


def observed(m, actions):
    out = replay.decisions(m, actions)
    out["books"] = {name: m.books(name) for name in m.stages}
    out["cursors"] = m.picture()
    out["position"] = m.position
    out["advance"] = any(a["do"] == "advance" for a in actions)
    out["tell"] = [[a["domain"], a["what"]] for a in actions if a["do"] == "tell"]
    out["submits"] = [[a["sink"], a["delivery"], a["heard"]] for a in actions if a["do"] == "submit"]
    out["attempts"] = [[a["sink"], a["record"], a["attempts"]] for a in actions if a["do"] == "deadLetter"]
    out["ready"] = m.ready()
    return out


def main():
    m = None
    for line in sys.stdin:
        event = json.loads(line)
        if "config" in event:
            m = replay.machine(event["config"])
        else:
            print(json.dumps(observed(m, m.step(event)), sort_keys=True))


if __name__ == "__main__":
    main()

"""A short form of the campaign that `make soak` runs, and what its checker of commits finds."""

import unittest

from campaign.round import PLANS, Round
from harness import settings
from harness.broker import Broker
from harness.case import Case
from harness.commits import Commit, check_commits
from harness.proxy import ProxiedBroker, Toxiproxy, why_no_proxy


class Soak(Case):
    def test_ten_kills(self):
        """Ten kills -9 at start, at work and in a drain while the sink's broker freezes and is cut off, the disk fills up
        and a server says no: nothing lost, nothing out of order, letters exactly the poison, every commit safe."""
        if why_no_proxy():
            self.skipTest(why_no_proxy())
        proxy = Toxiproxy()
        self.addCleanup(proxy.close)
        sink = ProxiedBroker(proxy, "sink")
        self.addCleanup(sink.close)
        one = Round(
            PLANS[0], settings.SEED, Broker.shared(), sink, number=self.seed, kills=10, seconds=60, rate=400,
            sink_faults=("freeze", "cut", "reset", "latency"), faults=4)
        try:
            outcome = one.run(self.folder / "round")
        finally:
            one.disk.unmount()
        self.assertFalse(outcome.problems, f"(seed {settings.SEED})\n" + "\n".join(outcome.problems))
        kills = sum(place.kills for place in one.places)
        self.assertGreaterEqual(kills, 10)
        self.assertGreater(outcome.commits, 0, "no commit was found, so none was checked")
        self.figures |= {
            "kills": kills, "faults": one.weather.total, "records": outcome.records, "letters": outcome.letters,
            "again": sum(outcome.again.values()), "window": outcome.window, "commits": outcome.commits,
        }


class Commits(unittest.TestCase):
    """Ten records of one shard, the n-th safe at the time 100 + n."""

    def found(self, *commits, arrivals=None):
        arrivals = [(0, n, 100 + n) for n in range(10)] if arrivals is None else arrivals
        return dict(check_commits([Commit(0, *one) for one in commits], arrivals, [10]).faults)

    def test_good_ones_pass(self):
        self.assertEqual(self.found((0, 1), (4, 103), (4, 104), (10, 109)), {})

    def test_one_ahead_of_what_is_safe(self):
        self.assertEqual(self.found((5, 103)), {"early": 1})

    def test_a_record_that_is_safe_late_holds_all_behind_it(self):
        arrivals = [(0, n, 100 + n) for n in range(10) if n != 3] + [(0, 3, 500)]
        self.assertEqual(self.found((3, 105), (4, 105), (10, 400), (10, 500), arrivals=arrivals), {"early": 2})

    def test_what_comes_again_was_safe_at_the_first_time(self):
        self.assertEqual(self.found((10, 109), arrivals=[(0, n, 100 + n) for n in (*range(10), 2, 3)]), {})

    def test_one_that_goes_back(self):
        self.assertEqual(self.found((6, 120), (5, 121)), {"back": 1})

    def test_one_beyond_the_end(self):
        self.assertEqual(self.found((11, 200)), {"beyond": 1})

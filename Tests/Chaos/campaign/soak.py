"""The campaign as a command: rounds until the time is over, a line each, figures at the end. See scripts/soak --help."""

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from harness import settings
from harness.proxy import ProxiedBroker, Toxiproxy, why_no_proxy

from .lives import KILLS
from .round import PLANS, Round


class Tally:
    """The figures of all rounds together."""

    def __init__(self):
        self.rounds = self.failed = 0
        self.sums = Counter()
        self.endings = Counter()
        self.faults = Counter()
        self.window = 0
        self.kinds = Counter()

    def add(self, one):
        outcome = one.outcome
        self.rounds += 1
        self.failed += bool(outcome.problems)
        self.kinds[outcome.plan.name] += 1
        for name in ("records", "letters", "lost", "disorder", "commits", "letters_again"):
            self.sums[name] += getattr(outcome, name)
        for name, count in outcome.again.items():
            self.sums["again_" + name] += count
        if outcome.plan.exact:
            self.sums["again_without_a_crash"] += sum(outcome.again.values()) - outcome.again.get("web", 0)
        for place in one.places:
            self.endings.update(place.counts)
            self.sums["at_work"] += place.at_work
            self.sums["undone"] += place.undone
            self.sums["sessions_lost"] += place.lost
        if one.weather:
            self.faults.update(one.weather.counts)
            self.sums["node_faults"] += one.weather.node_faults
        self.window = max(self.window, outcome.window)

    @property
    def kills(self):
        return sum(self.endings[ending] for ending in KILLS)

    def lines(self):
        """The figures, a row of text each."""
        rows = {
            "rounds": f"{self.rounds} ({self._list(self.kinds)}), {self.failed} failed",
            "process kills": f"{self.kills} ({self._list({e: self.endings[e] for e in KILLS})})",
            "other ends": self._list({e: n for e, n in self.endings.items() if e not in KILLS}) or "none",
            "workers with shards when they ended": self.sums["at_work"],
            "stops with work undone (75)": self.sums["undone"],
            "sessions lost": self.sums["sessions_lost"],
            "broker faults": f"{self.sums['node_faults']} kills, freezes and restarts of a node",
            "all faults around": self._list({f"{target} {fault}": n for (target, fault), n in self.faults.items()}) or "none",
            "records": self.sums["records"],
            "lost": self.sums["lost"],
            "out of order": self.sums["disorder"],
            "dead letters due": self.sums["letters"],
            "letters again": self.sums["letters_again"],
            "delivered again": self._list({name: self.sums[f"again_{name}"] for name in ("clean", "lines", "web")}),
            "again in rounds without a crash": self.sums["again_without_a_crash"],
            "largest replayed window": f"{self.window} records of a shard",
            "commits checked": self.sums["commits"],
        }
        return [f"{name:<36} {value}" for name, value in rows.items()]

    @staticmethod
    def _list(counts):
        return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


class Progress(threading.Thread):
    """A line that is written over twice a second on a terminal; elsewhere nothing: the lines of the rounds tell enough."""

    def __init__(self, minutes):
        super().__init__(daemon=True)
        self.began = time.monotonic()
        self.seconds = minutes * 60
        self.round = None
        self.tally = None
        self._stop_now = threading.Event()

    def run(self):
        while sys.stderr.isatty() and not self._stop_now.wait(0.5):
            sys.stderr.write("\r\033[K" + self.line())
            sys.stderr.flush()

    def line(self):
        done = min(1.0, (time.monotonic() - self.began) / self.seconds)
        bar = "#" * int(done * 20) + "." * (20 - int(done * 20))
        here, tally = self.round, self.tally
        kills = tally.kills + sum(place.kills for place in here.places) if here else tally.kills
        faults = tally.sums["node_faults"] + (here.weather.node_faults if here and here.weather else 0)
        now = f"  {here.plan.name}: {here.weather.now or 'fair'}" if here and here.weather else ""
        return f"[{bar}] {done:4.0%}  round {tally.rounds + 1}  kills {kills}  broker faults {faults}  failed {tally.failed}{now}"

    def clear(self):
        if sys.stderr.isatty():
            sys.stderr.write("\r\033[K")

    def end(self):
        self._stop_now.set()
        self.clear()


def main():
    parser = argparse.ArgumentParser(prog="scripts/soak", add_help=False)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--plan", choices=[plan.name for plan in PLANS])
    parser.add_argument("--rate", type=int, default=600)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    reason = settings.why_no_broker() or why_no_proxy()
    if reason or not Path(settings.BINARY).exists():
        print(f"soak: {reason or f'no worker at {settings.BINARY}; make build makes it'}", file=sys.stderr)
        return 69
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1, 1_000_000)
    print(f"seed {seed}; the same rounds again by: scripts/soak --seed {seed} --minutes {options.minutes:g}", flush=True)

    work = Path(tempfile.mkdtemp(prefix="millrace-soak-"))
    proxy = Toxiproxy()
    source, sink = ProxiedBroker(proxy, "source"), ProxiedBroker(proxy, "sink")
    chance = random.Random(seed)
    tally, progress = Tally(), Progress(options.minutes)
    progress.tally = tally
    progress.start()
    try:
        while tally.rounds == 0 or time.monotonic() - progress.began < options.minutes * 60:
            # Half of the rounds are of the kind that kills most.
            plan = chance.choice((PLANS[0], PLANS[0], *PLANS[1:]))
            if options.plan:
                plan = next(one for one in PLANS if one.name == options.plan)
            one = progress.round = Round(plan, seed, source, sink, number=tally.rounds + 1, rate=options.rate)
            began = time.monotonic()
            one.run(work / f"round-{tally.rounds + 1}")
            progress.round = None
            tally.add(one)
            progress.clear()
            told = tell(one, tally.rounds, time.monotonic() - began)
            print(told, flush=True)
            if one.outcome.problems:
                print(f"      kept: {one.folder}", flush=True)
            else:
                one.clean_up()
    except KeyboardInterrupt:
        progress.clear()
        print("interrupted; the figures are of the rounds that ended")
    finally:
        progress.end()
        source.close()
        sink.close()
        proxy.close()
    print("\n".join(tally.lines()))
    print(f"seed {seed}: " + ("all is well" if not tally.failed else f"{tally.failed} of {tally.rounds} rounds failed"))
    if options.json:
        options.json.write_text(json.dumps({
            "seed": seed, "rounds": tally.rounds, "failed": tally.failed, "kills": tally.kills, "window": tally.window,
            **tally.sums, "endings": tally.endings, "faults": {" ".join(k): n for k, n in tally.faults.items()}}))
    if not tally.failed:
        work.rmdir()
    return 1 if tally.failed else 0


def tell(one, number, seconds):
    """The line of a round."""
    outcome = one.outcome
    kills = sum(place.kills for place in one.places)
    faults = one.weather.total if one.weather else 0
    word = "FAIL" if outcome.problems else "ok  "
    again = " ".join(f"{name} {count}" for name, count in outcome.again.items())
    line = (
        f"{word} {number:>3} {outcome.plan.name:<7} {seconds:5.0f} s  {kills} kills, {faults} faults, {outcome.records} records, "
        f"{outcome.letters} letters, again: {again or '-'}, window {outcome.window}, {outcome.commits} commits")
    return "\n".join([line] + ["      " + row for problem in outcome.problems for row in problem.split("\n")])


if __name__ == "__main__":
    sys.exit(main())

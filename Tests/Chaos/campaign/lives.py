"""Workers that are started again and again, and the ways in which their lives end."""

import signal
import threading
from collections import Counter
from contextlib import suppress

from harness.wait import TooLate, hold, until
from harness.worker import Worker

#: How a life ends, with what is needed to reach that moment.
START = "kill-at-start"
WORK = "kill-at-work"
ANY = "kill"
DRAIN = "kill-in-drain"
FROZEN = "kill-frozen"
TERM = "term"
FREEZE = "freeze"
KILLS = (START, WORK, ANY, DRAIN, FROZEN)

#: A worker that waits for a rebalance gets this long to have shards before its end comes anyway.
PATIENCE = 6.0
UNDONE = 75


class Lives(threading.Thread):
    """One place in the group, on a thread of its own: a worker lives there, ends, and another one follows.

    `endings` are drawn from, `session` is the group's, in seconds. `goes_on()` is asked before each life.
    """

    def __init__(self, chance, folder, config, endings, *, session, goes_on, rest=(0.0, 0.3)):
        super().__init__(daemon=True)
        self.chance = chance
        self.folder = folder
        self.config = config
        self.endings = endings
        self.session = session
        self.goes_on = goes_on
        self.rest = rest
        self.counts = Counter()
        #: Lives that ended while they had shards, and those that left something undone, and that lost their session.
        self.at_work = 0
        self.undone = 0
        self.lost = 0
        #: What must not happen: a worker that ends by itself, or with a code that is not due.
        self.problem = None
        self.worker = None

    @property
    def kills(self):
        return sum(self.counts[ending] for ending in KILLS)

    def run(self):
        try:
            while self.goes_on() and self.problem is None:
                self._live(self.chance.choice(self.endings))
                hold(self.chance.uniform(*self.rest))
        except Exception as problem:  # Told by the round, on its own thread.
            self.problem = f"{type(problem).__name__}: {problem}"
        finally:
            if self.worker is not None and self.worker.running:
                self.worker.kill()

    def _live(self, ending):
        self.worker = worker = Worker(self.folder, self.config)
        if ending == START:
            self._pass(0.0, 0.4)
        elif ending == ANY:
            self._pass(0.0, self.session + 1.5)
        else:
            self._until_at_work()
            self._pass(0.0, 1.0)
        if not worker.running:
            self.problem = f"{worker.name} ended by itself with {worker.process.returncode}:\n{worker.tail()}"
            return
        self.counts[ending] += 1
        self.at_work += self._has_shards()
        getattr(self, "_" + {TERM: "term", FREEZE: "freeze", FROZEN: "freeze", DRAIN: "drain"}.get(ending, "kill"))(ending)
        self.lost += b"have another owner" in worker.log_path.read_bytes() or b'"lost":"true"' in worker.log_path.read_bytes()

    def _kill(self, _):
        self.worker.kill()

    def _drain(self, _):
        self.worker.signal(signal.SIGTERM)
        self._pass(0.0, 0.25)
        self.worker.kill()

    def _freeze(self, ending):
        self.worker.signal(signal.SIGSTOP)
        self._pass(self.session + 0.3, self.session + 2.5)
        if ending == FROZEN:
            self.worker.kill()
            return
        self.worker.signal(signal.SIGCONT)
        self._pass(0.5, 3.0)
        self._term(ending)

    def _term(self, _):
        if not self.worker.running:
            self.problem = f"{self.worker.name} ended by itself with {self.worker.process.returncode}:\n{self.worker.tail()}"
            return
        code = self.worker.term(within=90)
        if code == UNDONE:
            self.undone += 1
        elif code != 0:
            self.problem = f"{self.worker.name} ended with {code} after SIGTERM:\n{self.worker.tail()}"

    def _pass(self, least, most):
        hold(self.chance.uniform(least, most))

    def _has_shards(self):
        return b'"shard-assigned"' in self.worker.log_path.read_bytes()

    def _until_at_work(self):
        # A worker without shards is ended all the same.
        with suppress(TooLate):
            until("shards", lambda: not self.worker.running or self._has_shards(), within=PATIENCE)

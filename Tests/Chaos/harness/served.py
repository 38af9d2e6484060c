"""A case whose workers can be asked: an admin port and a control socket."""

import json
import subprocess
import urllib.error
import urllib.request

from harness import settings
from harness.broker import free_port
from harness.case import Case
from harness.wait import until


class Served(Case):
    """A case whose workers have an admin port and a control socket of the case's own."""

    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.socket = self.folder / "control.sock"
        self.admin = {"listen": f"127.0.0.1:{self.port}", "socket": str(self.socket)}

    def get(self, path):
        """The status and the text of an answer; (None, the problem) where there is none."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as problem:
            return problem.code, problem.read().decode()
        except OSError as problem:
            return None, str(problem)

    def status(self):
        return json.loads(self.get("/status")[1])

    def shard(self, number):
        return next(one for one in self.status()["shards"] if one["partition"] == number)

    def waits_for(self, number):
        waiting = self.shard(number)["waiting"]
        return waiting["for"] if waiting else None

    def tell(self, command, config, *arguments, code=0, prefix=()):
        """Runs an operator's command; what it printed."""
        done = subprocess.run(
            [*prefix, settings.BINARY, command, str(config), *map(str, arguments)], capture_output=True, text=True,
            stdin=subprocess.DEVNULL, timeout=60, cwd="/")
        self.assertEqual(done.returncode, code, f"{command}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def ready(self, worker, wanted=200):
        """The reasons, once /readyz answers `wanted`."""
        def answer():
            code, text = self.get("/readyz")
            return (text,) if code == wanted else None

        return json.loads(until(f"/readyz to say {wanted}", answer, within=60, alive=worker.trouble)[0])["because"]

    def operator_lines(self, worker):
        return [(one["command"], one["outcome"], one["uid"]) for one in worker.events("operator")]

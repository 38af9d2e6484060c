"""Toxiproxy between the worker and a node, so that connections can be slowed, cut off and reset."""

import atexit
import json
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from . import settings
from .broker import Broker, free_port
from .wait import until


class Toxiproxy:
    """The server; one a process is enough for any number of ways."""

    def __init__(self):
        self.port = free_port()
        self._process = subprocess.Popen(
            [str(Path(settings.TOOLS_HOME) / "tool"), "toxiproxy", "-port", str(self.port), "-host", "127.0.0.1"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        atexit.register(self.close)
        until("Toxiproxy", self._answers, within=60)

    def _answers(self):
        try:
            return self.ask("GET", "/version") is not None
        except OSError:
            return False

    def ask(self, method, path, body=None):
        """An answer of its API, decoded where it is JSON."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", method=method,
            data=None if body is None else json.dumps(body).encode(), headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read().decode()
        return json.loads(text) if text.startswith(("{", "[")) else text

    def close(self):
        """May be called again."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(20)


class Way:
    """One address that leads to another."""

    def __init__(self, proxy, name, upstream):
        self.proxy = proxy
        self.name = name
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self._toxics = 0
        proxy.ask("POST", "/proxies", {"name": name, "listen": self.address, "upstream": upstream, "enabled": True})

    def add(self, kind, *, stream="downstream", **attributes):
        """A toxic on every connection there is and will be, until `heal`."""
        self._toxics += 1
        self.proxy.ask("POST", f"/proxies/{self.name}/toxics", {
            "name": f"t{self._toxics}", "type": kind, "stream": stream, "toxicity": 1.0, "attributes": attributes})

    def cut(self):
        """Ends every connection and takes no new one, until `heal`."""
        self.proxy.ask("POST", f"/proxies/{self.name}", {"enabled": False})

    def heal(self):
        """As it was made."""
        for toxic in self.proxy.ask("GET", f"/proxies/{self.name}")["toxics"]:
            try:
                self.proxy.ask("DELETE", f"/proxies/{self.name}/toxics/{toxic['name']}")
            except urllib.error.HTTPError as problem:
                if problem.code != 404:
                    raise
        self.proxy.ask("POST", f"/proxies/{self.name}", {"enabled": True})


class ProxiedBroker(Broker):
    """A node with two doors: `address` leads straight to it, `outside` (for the worker) through Toxiproxy."""

    def __init__(self, proxy, name):
        super().__init__(start=False)
        door, controller = free_port(), free_port()
        self.way = Way(proxy, name, f"127.0.0.1:{door}")
        self.props = [
            f"listeners=PLAINTEXT://127.0.0.1:{self.port},OUTSIDE://127.0.0.1:{door},CONTROLLER://127.0.0.1:{controller}",
            f"advertised.listeners=PLAINTEXT://127.0.0.1:{self.port},OUTSIDE://{self.outside}",
            "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,OUTSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT",
            f"controller.quorum.voters=1@127.0.0.1:{controller}",
        ]
        self.start()


def why_no_proxy():
    """A reason to skip what needs Toxiproxy, or None."""
    if not settings.TOOLS_HOME or not (Path(settings.TOOLS_HOME) / "tool").exists():
        return "no Toxiproxy (MILLRACE_TOOLS_HOME is not set, or there is no `tool`)"
    return None

"""A machine of the test's own: a real systemd as PID 1 over a Debian without a Swift runtime (see `boot`)."""

import atexit
import json
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from harness import settings
from harness.wait import until

HERE = Path(__file__).resolve().parent
UNIT = HERE.parents[1] / "config/systemd/millrace@.service"
#: What scripts/debian-root printed, and the package to install.
ROOT = os.environ.get("MILLRACE_DEBIAN_ROOT", "")
PACKAGE = os.environ.get("MILLRACE_PACKAGE", "")


class Machine:
    """Booted when it is made; gone, with all that was written in it, by `close` or with this process."""

    _shared = None
    _bare = None

    def __init__(self, root=ROOT):
        self._log = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            # It must not outlive this process, not even where that is killed.
            ["setpriv", "--pdeathsig", "TERM", str(HERE / "boot"), str(root)], stdin=subprocess.DEVNULL, stdout=self._log,
            stderr=self._log)
        atexit.register(self.close)
        self._init = until("a systemd", self._find, within=60, alive=self._trouble)
        self.state = until("the machine to have booted", self._booted, within=60, alive=self._trouble)

    @classmethod
    def shared(cls):
        """The one with the package installed that all cases use which do not install anything."""
        if cls._shared is None:
            cls._shared = cls()
            cls._shared.install(PACKAGE)
        return cls._shared

    @classmethod
    def bare(cls):
        """One over this very system, with nothing of what is set up here but our program and its unit in their places."""
        if cls._bare is None:
            cls._bare = cls("/")
            shutil.copy(settings.BINARY, cls._bare.path("/usr/bin/millrace"))
            cls._bare.write("/etc/systemd/system/millrace@.service", UNIT.read_text())
            cls._bare.run("systemctl", "daemon-reload", code=0)
        return cls._bare

    def close(self):
        """Ends everything in it; may be called again."""
        if self.is_on:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(30)

    @property
    def is_on(self):
        return self._process.poll() is None

    def _trouble(self):
        if self.is_on:
            return None
        self._log.seek(0)
        return f"boot ended with {self._process.returncode}: {self._log.read().decode(errors='replace')}"

    def _find(self):
        """The PID, as we see it, of the systemd below `boot`."""
        for process in descendants(self._process.pid):
            try:
                if Path(f"/proc/{process}/comm").read_text().strip() == "systemd" and inner(process) == 1:
                    return process
            except OSError:
                continue
        return None

    def _booted(self):
        """Told by itself: `running`, or `degraded` where a unit of Debian's failed."""
        said = self.run("systemctl", "is-system-running").stdout.strip()
        return said if said in ("running", "degraded") else None

    def run(self, *command, code=None, stdin=None, timeout=180, user=None):
        """Runs a command inside, as root or as the number `user`; `code` is the exit code that is due."""
        if not self.is_on:
            raise AssertionError(self._trouble())
        as_user = [] if user is None else ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        done = subprocess.run(
            ["nsenter", "-t", str(self._init), "-m", "-p", "-u", "-i", "-C", "-r", "-w", *as_user, "/usr/bin/env", "-i",
             "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive",
             "SYSTEMD_PAGER=", "SYSTEMD_COLORS=0", *map(str, command)],
            capture_output=True, text=True, input=stdin, timeout=timeout,
            **({} if stdin is not None else {"stdin": subprocess.DEVNULL}))
        if code is not None and done.returncode != code:
            raise AssertionError(f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def path(self, inside):
        """Where a file of it is for us."""
        return Path(f"/proc/{self._init}/root{inside}")

    def write(self, inside, text, mode=0o644):
        path = self.path(inside)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def process(self, number):
        """The PID, as we see it, of the process that is `number` inside."""
        for process in descendants(self._init):
            if inner(process) == number:
                return process
        raise AssertionError(f"no process {number} in the machine")

    def install(self, package, name="millrace"):
        """Installs a package as a person would, with what it depends on, from what is at hand; what apt printed."""
        self.path(f"/var/tmp/{name}.deb").write_bytes(Path(package).read_bytes())
        done = self.run(
            "apt-get", "install", "-y", "-q", "--no-install-recommends", f"/var/tmp/{name}.deb", code=0)
        return done.stdout + done.stderr

    def journal(self, *arguments):
        """Lines of the journal, oldest first, as objects."""
        self.run("journalctl", "--sync", code=0)
        text = self.run("journalctl", "-o", "json", "--no-pager", *arguments, code=0).stdout
        return [json.loads(line) for line in text.splitlines()]


def why_no_machine():
    """A reason why no systemd of one's own can be run here, or None."""
    if os.geteuid() != 0:
        return "it wants root"
    if not Path("/lib/systemd/systemd").exists():
        return "there is no systemd"
    for tool in ("unshare", "nsenter", "setpriv"):
        if shutil.which(tool) is None:
            return f"there is no {tool}"
    kinds = {line.split()[-1] for line in Path("/proc/filesystems").read_text().splitlines()}
    for kind in ("overlay", "cgroup2"):
        if kind not in kinds:
            return f"the kernel has no {kind}"
    done = subprocess.run(["unshare", "-m", "-p", "-f", "-i", "-u", "-C", "true"], capture_output=True, text=True)
    return None if done.returncode == 0 else f"no namespaces: {done.stderr.strip()}"


def inner(process):
    """The number that a process has in its own PID namespace."""
    try:
        text = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return None
    return next((int(line.split()[-1]) for line in text.splitlines() if line.startswith("NSpid:")), None)


def descendants(process):
    """All processes below one."""
    todo, found = [process], []
    while todo:
        try:
            below = [int(one) for path in Path(f"/proc/{todo.pop()}/task").glob("*/children") for one in path.read_text().split()]
        except OSError:
            continue
        found += below
        todo += below
    return found

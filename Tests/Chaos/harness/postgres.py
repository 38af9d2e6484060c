"""A PostgreSQL server: Debian's, on a data folder of its own, by a Unix socket and a loopback port."""

import atexit
import glob
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from .broker import free_port
from .wait import until

#: What the server may wait for is the kernel alone: the folder is gone with the process.
FAST = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"


def folder_of_programs():
    """Debian keeps the server's programs out of PATH, a folder a version."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: int(path.split("/")[4]))
    return Path(found[-1]).parent if found else None


class PostgreSQL:
    """Gone, with its folder, when the process ends. The server refuses to run as root: then its own user runs it."""

    def __init__(self):
        self.programs = folder_of_programs()
        if self.programs is None:
            raise RuntimeError("no PostgreSQL server; scripts/bootstrap --tests installs it")
        self.user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        self.folder = Path(tempfile.mkdtemp(prefix="millrace-pg-"))
        if os.geteuid() == 0:
            shutil.chown(self.folder, self.user)
        self.port = free_port()
        atexit.register(self.close)
        self._run("initdb", "-D", self.data, "-U", "keeper", "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
        with open(self.data / "postgresql.conf", "a") as config:
            config.write(f"{FAST}port = {self.port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{self.folder}'\n")
        self.start()

    @property
    def data(self):
        return self.folder / "data"

    def _run(self, program, *arguments, check=True):
        more = {"user": self.user, "group": pwd.getpwnam(self.user).pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        done = subprocess.run(
            [str(self.programs / program), *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, cwd=self.folder, timeout=120, **more)
        if check and done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stdout}")
        return done

    def start(self):
        # The log is a file of its own: a server that keeps the pipe would keep this call from ending.
        self._run("pg_ctl", "-D", self.data, "-l", self.folder / "log", "-w", "-t", "60", "start")
        until("the server", lambda: self._run("pg_isready", "-h", self.folder, "-p", self.port, check=False).returncode == 0)

    def stop(self, mode="fast"):
        """`fast` tells its clients, `immediate` is a crash."""
        self._run("pg_ctl", "-D", self.data, "-m", mode, "-w", "stop")

    def close(self):
        """May be called again."""
        if self.folder.exists():
            self._run("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop", check=False)
            shutil.rmtree(self.folder, ignore_errors=True)

    def query(self, statement, database="postgres", user="keeper"):
        """The rows of a statement, each a list of texts."""
        done = subprocess.run(
            ["psql", "-X", "-A", "-t", "-q", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port),
             "-U", user, "-d", database, "-c", statement],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(f"{statement}: {done.stderr}")
        return [line.split("\t") for line in done.stdout.splitlines()]

    def address(self, user="millrace"):
        """As libpq has it."""
        return f"host=127.0.0.1 port={self.port} dbname=postgres user={user}"

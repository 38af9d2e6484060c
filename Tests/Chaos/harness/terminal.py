"""A program on a terminal of its own: keys go in, and what a person would see is read from the screen."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import threading
import time

from .wait import TooLate, until

#: `ESC [ parameters letter`: all that the views write.
SEQUENCE = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])")


class Screen:
    """What stands on the terminal. It knows the sequences that the views use, and counts anything else as a fault; so does
    text that does not fit into its line, as a terminal would wrap or cut it."""

    def __init__(self, columns, rows):
        self.faults = []
        self.modes = {}
        self.plain = ""
        self.resize(columns, rows)

    def resize(self, columns, rows):
        self.columns = columns
        self.lines = [""] * rows
        self.row = 0

    def take(self, text):
        """Takes what was written. Half a sequence at the end is given back."""
        at = 0
        while at < len(text):
            if text[at] != "\x1b":
                end = text.find("\x1b", at)
                end = len(text) if end < 0 else end
                self._print(text[at:end])
                at = end
                continue
            found = SEQUENCE.match(text, at)
            if found is None:
                if len(text) - at < 12:
                    return text[at:]
                self.faults.append(f"unknown sequence {text[at:at + 8]!r}")
                at += 1
                continue
            self._obey(found[1], found[2])
            at = found.end()
        return ""

    def _print(self, text):
        if not self.is_other:
            self.plain += text.replace("\r\n", "\n")
            return
        self.lines[self.row] += text
        if len(self.lines[self.row]) > self.columns:
            self.faults.append(f"wider than {self.columns}: {self.lines[self.row]!r}")

    def _obey(self, parameters, letter):
        if letter in "hl":
            self.modes[parameters] = letter == "h"
        elif letter == "J":
            self.lines = [""] * len(self.lines)
        elif letter == "K":
            self.lines[self.row] = ""
        elif letter == "H":
            row = int(parameters.split(";")[0] or 1)
            if row > len(self.lines):
                self.faults.append(f"line {row} of {len(self.lines)}")
            self.row = min(row, len(self.lines)) - 1
        elif letter != "m":
            self.faults.append(f"unknown sequence {parameters}{letter}")

    @property
    def is_other(self):
        """Whether the other screen is shown, which views paint on."""
        return self.modes.get("?1049", False)

    @property
    def is_given_back(self):
        """The screen that was there before, with a cursor and with wrapping."""
        return not self.is_other and self.modes.get("?25", True) and self.modes.get("?7", True)

    @property
    def text(self):
        return "\n".join(self.lines)


class Terminal:
    """A program that runs on it, until it ends or is killed."""

    def __init__(self, command, *, columns=80, rows=24, **environment):
        self.screen = Screen(columns, rows)
        self.main, side = pty.openpty()
        self._size(columns, rows)
        self._side = os.dup(side)
        self.before = termios.tcgetattr(self._side)
        environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | {"TERM": "xterm-256color"} | environment
        self.process = subprocess.Popen(
            command, stdin=side, stdout=side, stderr=side, start_new_session=True, env=environment,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(side)
        self._rest = ""
        self._lock = threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _size(self, columns, rows):
        fcntl.ioctl(self.main, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns, rows):
        with self._lock:
            self._size(columns, rows)
            self.screen.resize(columns, rows)

    def _read(self):
        left = b""
        while True:
            try:
                if not select.select([self.main], [], [], 0.1)[0]:
                    if self.process.poll() is not None:
                        return
                    continue
                left += os.read(self.main, 65536)
            except (OSError, ValueError):
                return
            # A character may come in two reads.
            text = left.decode(errors="ignore") if len(left) > 8192 else None
            if text is None:
                try:
                    text = left.decode()
                except UnicodeDecodeError:
                    continue
            left = b""
            with self._lock:
                self._rest = self.screen.take(self._rest + text)

    def type(self, keys):
        os.write(self.main, keys.encode())

    def hang_up(self):
        """The terminal goes, as when a window is closed."""
        os.close(self._side)
        main, self.main = self.main, -1
        os.close(main)

    def see(self, what, within=30):
        """Waits until `what` stands on the screen, a text, an expression or a question to the screen; returns the screen."""
        if isinstance(what, str):
            condition = lambda text: what in text
        elif isinstance(what, re.Pattern):
            condition = what.search
        else:
            condition = what

        def look():
            with self._lock:
                return self.screen.text if condition(self.screen.text) else None

        try:
            return until(f"{what} on the screen", look, within=within, alive=self._trouble)
        except TooLate as problem:
            raise TooLate(f"{problem}\n{self.screen.text}\n{self.screen.plain}") from None

    def _trouble(self):
        return None if self.process.poll() is None else f"the program ended with {self.process.returncode}"

    def wait(self, within=60):
        """The exit code, once everything it wrote was read."""
        try:
            code = self.process.wait(within)
        except subprocess.TimeoutExpired:
            raise TooLate(f"it has not ended within {within} s:\n{self.screen.text}") from None
        self._reader.join(10)
        return code

    @property
    def is_restored(self):
        """Whether keys are again read as they were before the program."""
        return termios.tcgetattr(self._side) == self.before

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(20)
        for descriptor in (self.main, self._side):
            try:
                os.close(descriptor)
            except OSError:
                pass  # Hung up already.

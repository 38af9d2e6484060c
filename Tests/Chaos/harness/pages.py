"""Pages of Markdown as sessions in a shell: every block of commands runs, in order, as a reader would type it.

    ```sh            runs, in one bash a page that stops at the first command that fails
    <!-- exit 78 -->   before such a block: its last command ends with that
    <!-- output -->    before a ```text block: the block above printed these lines, in this order; … stands for anything
    <!-- sh … -->      runs too, and readers do not see it
    ```console       does not run; <!-- not run: REASON --> before it says why

A page begins in an empty folder. `millrace` is the program; where a command of it would go on until somebody stops it, the
page goes on beside it, and `stop-millrace` (or the end of the page) sends SIGTERM, upon which it must end well, or with one
of the codes in $ENDS.
`localhost:9092` is a broker that has the topics of the config that `init` prints, empty. Where this version serves HTTP,
a config that `init` printed serves it at a port of the page's own, and `127.0.0.1:9600` in a page means that.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from . import settings
from .broker import free_port

FENCE = re.compile(r"^```(\S*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HIDDEN = re.compile(r"^<!-- sh\n(.*?)-->$", re.MULTILINE | re.DOTALL)
NOTE = re.compile(r"<!-- (exit \d+|output|not run: [^>]+?) -->\n*\Z")

#: The broker of every page, and what its text calls it.
ADDRESS = "localhost:9092"
#: Where a worker serves HTTP unless its config says otherwise.
ADMIN = "127.0.0.1:9600"


class Block:
    """A piece of a page: `kind` is sh, console, text or another language; `note` what the comment before it says."""

    def __init__(self, kind, text, line, note):
        self.kind, self.text, self.line, self.note = kind, text, line, note
        self.code = int(note.split()[1]) if note.startswith("exit ") else 0
        #: Lines that it must print.
        self.output = []


def blocks_of(page):
    """The blocks of a page's text, in order. Expected output is put to the block that prints it."""
    found = []
    for match in FENCE.finditer(page):
        note = NOTE.search(page, 0, match.start())
        found.append((match.start(), match[1], match[2], note[1] if note else ""))
    found += [(match.start(), "sh", match[1], "") for match in HIDDEN.finditer(page)]
    blocks = []
    for start, kind, text, note in sorted(found):
        if kind == "text" and note == "output":
            if not blocks or blocks[-1].kind != "sh":
                raise ValueError(f"line {page.count(chr(10), 0, start) + 1}: output of which block?")
            blocks[-1].output = text.splitlines()
        else:
            blocks.append(Block(kind, text, page.count("\n", 0, start) + 1, note))
    return blocks


def why_wrong(page):
    """What is wrong with the way a page marks its blocks, or None."""
    for block in blocks_of(page):
        if block.kind in ("bash", "shell", "zsh"):
            return f"line {block.line}: commands stand in ```sh (they run) or ```console (with a reason)"
        if block.kind == "console" and not block.note.startswith("not run: "):
            return f"line {block.line}: <!-- not run: REASON --> must stand before ```console"
    return None


#: `millrace` as pages call it.
PROGRAM = """\
#!/bin/bash
# What goes on until it is stopped goes on beside the page; all else is the program itself.
state={state} program={program} address={address} admin={admin}
lasts() {{
    case " $* " in *" --help "* | *" --version "*) return 1 ;; esac
    case " $* " in *" --once "*) return 1 ;; esac
    case $1 in run | broker | top) return 0 ;; esac
    return 1
}}
if [ "$1" = init ]; then
    "$program" "$@" | sed "s/localhost:9092/$address/g"
    code=${{PIPESTATUS[0]}}
    if [ -n "$admin" ]; then echo "$admin"; fi
    exit "$code"
fi
lasts "$@" || exec "$program" "$@"
said=$state/said-$$
# A reader's terminal shows text; here it is a pipe.
if [[ " $* " != *" --log "* ]]; then set -- "$@" --log text; fi
{{
    "$program" "$@" > >(tee -a "$said") 2> >(tee -a "$said" >&2) &
    echo $! >"$said.pid"
    wait $!
    echo $? >"$said.code"
}} &
for _ in $(seq 600); do
    if [ -e "$said.code" ]; then exit "$(cat "$said.code")"; fi
    case $1 in
    run) if grep -Eq ' (assigned|ready) ' "$said"; then exit 0; fi ;;
    *) if [ -s "$said" ]; then exit 0; fi ;;
    esac
    sleep 0.1
done
echo "millrace $*: nothing to be seen of it within 60 s" >&2
exit 1
"""

#: Ends what goes on, the last one first; fails where one ends badly.
STOP = """\
#!/bin/bash
state={state} bad=0
for pid in $(ls -t "$state"/*.pid 2>/dev/null); do
    said=${{pid%.pid}}
    kill -TERM "$(cat "$pid")" 2>/dev/null
    for _ in $(seq 600); do [ -e "$said.code" ] && break; sleep 0.1; done
    code=$(cat "$said.code" 2>/dev/null || echo none)
    if [[ " ${{ENDS:-0}} " != *" $code "* ]]; then
        echo "after SIGTERM: exit code $code" >&2
        tail -n 20 "$said" >&2
        bad=1
    fi
    rm -f "$said" "$said.code" "$pid"
done
exit $bad
"""

#: The command-line tool of a Kafka, where a page creates topics itself.
TOPICS = """\
#!/bin/bash
exec {kafka} tool org.apache.kafka.tools.TopicCommand "$@"
"""


#: For hidden blocks: lines of standard input as records without a key in one partition.
PRODUCE_AT = """\
#!/bin/bash
# produce-at TOPIC PARTITION
exec {python} -c '
import sys
from confluent_kafka import Producer
producer = Producer({{"bootstrap.servers": sys.argv[1]}})
for line in sys.stdin.buffer: producer.produce(sys.argv[2], line.rstrip(b"\\n"), partition=int(sys.argv[3]))
sys.exit(producer.flush(30))' {address} "$@"
"""


class Session:
    """One page in one folder."""

    def __init__(self, folder, address):
        self.folder = Path(folder)
        self.address = address
        self.admin = f"127.0.0.1:{free_port()}"
        self.state, self.bin, self.work = (self.folder / name for name in ("state", "bin", "work"))
        for path in (self.state, self.bin, self.work):
            path.mkdir()
        values = {
            "state": shlex.quote(str(self.state)), "program": shlex.quote(str(Path(settings.BINARY).resolve())),
            "address": address, "admin": shlex.quote(self._admin_line()), "kafka": shlex.quote(str(Path(settings.KAFKA_HOME) / "kafka")),
            "python": shlex.quote(sys.executable),
        }
        for name, text in (("millrace", PROGRAM), ("stop-millrace", STOP), ("kafka-topics.sh", TOPICS),
                           ("produce-at", PRODUCE_AT)):
            (self.bin / name).write_text(text.format(**values))
            (self.bin / name).chmod(0o755)

    def _admin_line(self):
        """What `init`'s config lacks for a port of its own; empty where this version serves no HTTP."""
        line = f"admin: {{ listen: {self.admin} }}"
        config = subprocess.run([settings.BINARY, "init"], capture_output=True, text=True, timeout=30).stdout
        path = self.state / "admin.yaml"
        path.write_text(f"{config}{line}\n")
        done = subprocess.run([settings.BINARY, "check", path], capture_output=True, timeout=30)
        return line if done.returncode == 0 else ""

    def run(self, blocks, within=240):
        """Runs the blocks that are to run; a text that says what went wrong, or None."""
        todo = [block for block in blocks if block.kind == "sh"]
        script = ["set -o pipefail"]
        for number, block in enumerate(todo):
            path = self.state / f"block-{number}.sh"
            # -e would end the page's shell: each command but the last must be well by itself.
            path.write_text(block.text.replace(ADDRESS, self.address).replace(ADMIN, self.admin))
            script += [
                f"exec >{shlex.quote(str(self.state))}/out-{number} 2>&1",
                "trap 'failed=$? at=$BASH_COMMAND' ERR", "failed= at=",
                f"source {shlex.quote(str(path))}",
                f"code=$?; trap - ERR; echo \"$code $failed $at\" >{shlex.quote(str(self.state))}/code-{number}",
                f"if [ $code != {block.code} ]; then exit 1; fi",
                f"if [ -n \"$failed\" ] && [ {block.code} = 0 ]; then exit 1; fi",
            ]
        script.append("stop-millrace")
        environment = dict(
            os.environ, PATH=f"{self.bin}:{os.environ['PATH']}", NO_COLOR="1", TMPDIR=str(self.state),
            XDG_RUNTIME_DIR=str(self.state), XDG_STATE_HOME=str(self.state / "home"))
        try:
            subprocess.run(
                ["bash", "-c", "\n".join(script)], cwd=self.work, env=environment, stdin=subprocess.DEVNULL, timeout=within,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            pass
        try:
            return self._trouble(todo, within)
        finally:
            self.stop()

    def _trouble(self, todo, within):
        for number, block in enumerate(todo):
            head = f"line {block.line}:\n{block.text}"
            said = self._text(f"out-{number}")
            code = self._text(f"code-{number}").strip()
            if not code:
                return f"{head}did not end within {within} s\n{said[-3000:]}"
            first, _, rest = code.partition(" ")
            if int(first) != block.code or (rest.strip() and block.code == 0):
                return f"{head}ended with {code}\n{said[-3000:]}"
            missing = first_missing(block.output, said.replace(self.address, ADDRESS).replace(self.admin, ADMIN).splitlines())
            if missing is not None:
                return f"{head}should print {missing!r}, but printed\n{said[-3000:]}"
        return None

    def stop(self):
        """Ends what a page left running, whatever became of it."""
        for path in self.state.glob("*.pid"):
            try:
                os.kill(int(path.read_text()), 9)
            except (ProcessLookupError, ValueError):
                pass

    def _text(self, name):
        path = self.state / name
        return path.read_text(errors="replace") if path.exists() else ""


def first_missing(wanted, lines):
    """The first of the `wanted` lines that does not come in its order among `lines`, or None."""
    rest = iter(lines)
    for line in wanted:
        pattern = re.compile(".*".join(re.escape(part) for part in line.rstrip().split("…")))
        if not any(pattern.fullmatch(one.rstrip()) for one in rest):
            return line
    return None

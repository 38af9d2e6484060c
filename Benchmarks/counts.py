"""Instructions, allocations and retains a record of the engine without a broker, as differences between two lengths of
run, so that starting up does not count. With --check they are compared with stored thresholds: 3 % more is a failure.

All by callgrind, which is exact and repeatable but knows no AVX-512: the AVX2 kernels are counted.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

SIZE = 1270
ALLOCATIONS = {"malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc"}
RETAINS = {"swift_retain", "swift_retain_n", "swift_bridgeObjectRetain", "swift_unknownObjectRetain"}


def calls(profile):
    """How often each function was called. A name is written out once and is a number afterwards."""
    names, counts, called = {}, {}, None
    for line in profile.splitlines():
        found = re.match(r"(cfn|fn)=\((\d+)\)(?: (.*))?$", line)
        if found:
            kind, number, name = found.groups()
            if name:
                names[number] = name.split("'")[0]
            if kind == "cfn":
                called = names[number]
        elif line.startswith("calls=") and called:
            counts[called] = counts.get(called, 0) + int(line[6:].split()[0])
    return counts


def run(bench, total, batch):
    """Instructions, allocations and retains of one run."""
    with tempfile.NamedTemporaryFile() as profile:
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile.name}", bench, "pipeline", str(total),
             str(SIZE), str(batch)], capture_output=True, text=True)
        found = re.search(r"Collected : (\d+)", done.stderr)
        if done.returncode != 0 or not found:
            raise SystemExit(f"bench: valgrind ended with {done.returncode}: {done.stderr[-600:]}")
        counts = calls(Path(profile.name).read_text(errors="replace"))
    return (int(found[1]), *(sum(counts.get(name, 0) for name in group) for group in (ALLOCATIONS, RETAINS)))


def per_record(bench, batch):
    """What a record takes beyond starting up, the least of three runs: two threads meet now and then."""
    few, many = 40_000, 120_000
    runs = [zip(run(bench, few, batch), run(bench, many, batch)) for _ in range(3)]
    return [min(column) for column in zip(*([(b - a) / (many - few) for a, b in pairs] for pairs in runs))]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", required=True)
    parser.add_argument("--tools", required=True)
    parser.add_argument("--check", metavar="FILE")
    parser.add_argument("--store", metavar="FILE")
    options = parser.parse_args()
    tools = Path(options.tools).resolve()
    # valgrind cannot read this compiler's debug information.
    bare = tools / "bench"
    subprocess.run(["strip", "--strip-debug", "-o", str(bare), options.bench], check=True)
    small, large = per_record(bare, 1000), per_record(bare, 4000)
    found = {"instructions a record": small[0]}
    for name, of_small, of_large in zip(("allocations", "retains"), small[1:], large[1:]):
        # What a batch costs, its records share: with batches four times as large a quarter of it is left.
        found[f"{name} a record"] = max(0.0, (4 * of_large - of_small) / 3)
        found[f"{name} a batch"] = (of_small - of_large) * 4000 / 3
    limits = json.loads(Path(options.check).read_text()) if options.check else {}
    failed = False
    for name, value in found.items():
        line = f"{name:<24}{value:>10.2f}"
        if name in limits:
            # Nothing a record means nothing; a batch may differ by what is done now and then, a commit for instance.
            slack = {"instructions a record": 0.03 * limits[name], "allocations a batch": 3, "retains a batch": 20}
            grown = value > limits[name] + slack.get(name, 0.02)
            line += f"   stored {limits[name]:.2f}{'   GREW' if grown else ''}"
            failed |= grown
        print(line, flush=True)
    if options.store:
        Path(options.store).write_text(json.dumps({k: round(v, 2) for k, v in found.items()}, indent=2) + "\n")
    if failed:
        sys.exit("bench: what is marked grew by more than 3 %; if that is meant, store new thresholds (--store)")


if __name__ == "__main__":
    main()

"""base64 decoding beside Python's pybase64 on the same sizes, in turn, medians of eleven rounds."""

import base64
import os
import statistics
import subprocess
import sys
import time

try:
    import pybase64
except ImportError:
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                    "--only-binary", ":all:", "pybase64==1.5.1"], check=True)
    import pybase64


def python(size):
    encoded = base64.b64encode(os.urandom(size // 4 * 3))
    calls, begin = 0, time.perf_counter()
    while time.perf_counter() - begin < 0.1:
        for _ in range(200):
            pybase64.b64decode(encoded, validate=True)
        calls += 200
    return calls * len(encoded) / (time.perf_counter() - begin) / 1e9


def ours(bench, size):
    return float(subprocess.run([bench, "base64", str(size)], capture_output=True, text=True, check=True).stdout)


for size in (256, 1024, 10_240):
    pairs = [(ours(sys.argv[1], size), python(size)) for _ in range(11)]
    fast, slow = (statistics.median(column) for column in zip(*pairs))
    print(f"base64 decode, {size} B: {fast:.1f} GB/s, pybase64 {pybase64.__version__} {slow:.2f} GB/s: {fast / slow:.1f} times")

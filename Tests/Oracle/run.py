"""Finds and runs the unittest cases of Tests/Oracle and Tests/Chaos: a line a case, figures beside it, a closing count.

Called by scripts/e2e, which says how, and by scripts/test-systemd for the cases of Tests/Systemd. unittest's own runner
prints too much of what passed and nothing of what was measured.
"""

import argparse
import os
import sys
import time
import unittest
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
FOLDERS = ("Oracle", "Chaos")


def flatten(suite):
    """The single cases of a nested suite, in order."""
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from flatten(item)
        else:
            yield item


def load(folders):
    """Every case below the folders. A module that does not import is a case that fails."""
    cases = []
    for folder in folders:
        loader = unittest.TestLoader()
        cases += flatten(loader.discover(str(TESTS / folder), pattern="test_*.py", top_level_dir=str(TESTS / folder)))
    return cases


def name_of(case):
    """module.Class.method without the prefixes that unittest wants."""
    parts = case.id().split(".")
    return ".".join(part.removeprefix("test_") for part in parts)


class Lines(unittest.TestResult):
    """Prints a line as each case ends and keeps the count."""

    def __init__(self):
        super().__init__()
        self.passed = 0
        self.began = 0.0
        self.word = "ok"

    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()
        self.word = "ok"
        self.detail = ""

    def addSuccess(self, test):
        super().addSuccess(test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._failed(self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self._failed(self.errors[-1][1])

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._failed(f"{subtest}\n{(self.failures + self.errors)[-1][1]}")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.word = "skip"
        self.detail = reason

    def addExpectedFailure(self, test, err):
        self._failed("a case marked as expected to fail: none are kept here\n")

    def _failed(self, text):
        self.word = "FAIL"
        self.detail += text

    def stopTest(self, test):
        super().stopTest(test)
        figures = getattr(test, "figures", {})
        shown = "  ".join(f"{key}={value}" for key, value in figures.items())
        seconds = time.monotonic() - self.began
        line = f"{self.word:<4}  {name_of(test)}  ({seconds:.1f} s)"
        print(line + (f"  {shown}" if shown else ""), flush=True)
        if self.word == "ok":
            self.passed += 1
        elif self.word == "skip":
            print(f"      skipped: {self.detail}", flush=True)
        else:
            print("".join(f"      {row}\n" for row in self.detail.rstrip().split("\n")), end="", flush=True)

    def addDuration(self, test, elapsed):
        """Newer unittest measures too; ours includes set-up and tear-down."""


def main():
    parser = argparse.ArgumentParser(prog="scripts/e2e", add_help=False)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--scale")
    parser.add_argument("--seed")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--summary")
    parser.add_argument("--folder", action="append")
    options = parser.parse_args()
    # The cases read their settings from the environment, so that one run alone by unittest behaves the same.
    for variable, value in (("MILLRACE_SCALE", options.scale), ("MILLRACE_SEED", options.seed)):
        if value is not None:
            os.environ[variable] = value
    if options.keep:
        os.environ["MILLRACE_KEEP"] = "1"

    found, words = load(options.folder or FOLDERS), options.words
    cases = [case for case in found if not words or any(word in name_of(case) for word in words)]
    if options.list:
        print("\n".join(name_of(case) for case in cases))
        return 0
    result = Lines()
    suite = unittest.TestSuite(cases)
    suite.run(result)
    if result.passed + len(result.skipped) == 0 and not cases:
        print("e2e: no case has such a name", file=sys.stderr)
    failed = result.testsRun - result.passed - len(result.skipped)
    # What fails outside a case (setUpClass) counts nowhere above.
    outside = [text for holder, text in result.errors if not isinstance(holder, unittest.TestCase)]
    for text in outside:
        print(f"FAIL  {text}")
    failed += len(outside)
    if options.summary:
        Path(options.summary).write_text(f"{result.passed} {failed} {len(result.skipped)}\n")
    print(f"{result.passed} passed, {failed} failed, {len(result.skipped)} skipped")
    return 0 if failed == 0 and cases else 1


if __name__ == "__main__":
    sys.exit(main())

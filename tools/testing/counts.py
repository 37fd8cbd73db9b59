"""What a suite's output says: how many tests passed, failed and were skipped.

Pure: text and exit code in, counts out. Four kinds of output are known; any other script counts as one test.
"""

import re
from dataclasses import dataclass

EXIT_SKIPPED = 77  # What a script returns when it cannot run here; it says why on its last line.


@dataclass(frozen=True)
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)


GTEST_LINE = re.compile(r"^((?:\d+: )?)\[ *(OK|FAILED|SKIPPED) *\] (\S+) \(\d+ ms\)", re.MULTILINE)
PYTEST_SUMMARY = re.compile(r"^(?:=+ )?((?:\d+ \w+(?:, )?)+) in [\d.]+s", re.MULTILINE)
PLAIN_SUMMARY = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.MULTILINE)
NODE_SUMMARY = re.compile(r"^(?:#|ℹ) (pass|fail|skipped) (\d+)$", re.MULTILINE)


def read_counts(output: str, exit_code: int) -> Counts:
    """The counts of one suite. A suite that ended badly never counts as zero failures, whatever it printed."""
    if exit_code == EXIT_SKIPPED:
        return Counts(skipped=1)
    counts = _plain(output) or _pytest(output) or _node(output) or _gtest(output)
    if counts is None:
        return Counts(passed=1) if exit_code == 0 else Counts(failed=1)
    if exit_code != 0 and counts.failed == 0:
        return counts + Counts(failed=1)
    return counts


def _plain(output: str) -> Counts | None:
    found = PLAIN_SUMMARY.findall(output)
    if not found:
        return None
    passed, failed, skipped = found[-1]
    return Counts(int(passed), int(failed), int(skipped or 0))


def _pytest(output: str) -> Counts | None:
    found = PYTEST_SUMMARY.findall(output)
    if not found:
        return None
    words = {word: int(number) for number, word in re.findall(r"(\d+) (\w+)", found[-1])}
    failed = words.get("failed", 0) + words.get("error", 0) + words.get("errors", 0)
    return Counts(words.get("passed", 0), failed, words.get("skipped", 0))


def _node(output: str) -> Counts | None:
    found = dict(NODE_SUMMARY.findall(output))
    if "pass" not in found:
        return None
    return Counts(int(found["pass"]), int(found.get("fail", 0)), int(found.get("skipped", 0)))


def _gtest(output: str) -> Counts | None:
    # ctest prints a failed program's output twice, so a test is counted by its program and name.
    results = list({(program, test): result for program, result, test in GTEST_LINE.findall(output)}.values())
    if not results:
        return None
    return Counts(results.count("OK"), results.count("FAILED"), results.count("SKIPPED"))

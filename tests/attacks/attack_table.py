"""A pytest plugin: the fixture `case`, and at the end the table `input | outcome | memory`, one row for each test."""

import contextlib
import re
from dataclasses import dataclass, field

import pytest
from extent import EXTENT, SEED
from memory import GROWTH_MIB_MAX, Growth

OUTCOME_LETTERS_MAX = 110


@dataclass
class Case:
    """One row. The test says what it saw in `outcome`; `attack` measures the process meanwhile."""

    input: str
    outcome: str = ""
    growths: list = field(default_factory=list)

    @contextlib.contextmanager
    def attack(self, *listeners, growth_mib_max=GROWTH_MIB_MAX):
        before = [Growth(listener.pid) for listener in listeners]
        try:
            yield
        finally:
            grown = [growth.mib() for growth in before]
            self.growths += [mib for mib in grown if mib is not None]
        for listener, mib in zip(listeners, grown, strict=True):
            assert listener.is_alive(), f"{listener.name} ended with {listener.process.poll()}"
            assert mib <= growth_mib_max, f"{listener.name} grew by {mib:.0f} MiB"

    def memory(self):
        return f"{max(self.growths):.1f}" if self.growths else "-"


def words_of(item):
    """test_a_range_is_ignored[page-past the end] -> "a range is ignored: page, past the end"."""
    name, _, parameters = item.name.removeprefix("test_").partition("[")
    words = name.replace("_", " ")
    return f"{words}: {parameters[:-1].replace('-', ', ', 1)}" if parameters else words


class Table:
    def __init__(self):
        self.rows = []

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item, call):
        report = (yield).get_result()
        if report.when != "call" and report.passed:
            return
        case = item.funcargs.get("case") or Case(words_of(item))
        outcome = case.outcome or report.outcome
        if report.failed:
            reason = " ".join(str(call.excinfo.value).split("\n")[0].split())
            outcome = f"FAILED: {reason}" + (f" (seen: {case.outcome})" if case.outcome else "")
        elif report.skipped:
            outcome = f"skipped: {call.excinfo.value}"
        self.rows.append((case.input, shortened(outcome), case.memory()))

    @pytest.hookimpl
    def pytest_terminal_summary(self, terminalreporter):
        rows = [("input", "outcome", "memory (MiB)"), *self.rows]
        widths = [max(len(row[column]) for row in rows) for column in range(2)]
        for row in rows:
            terminalreporter.write_line(f"{row[0]:{widths[0]}} | {row[1]:{widths[1]}} | {row[2]:>12}")
        terminalreporter.write_line(f"seed {SEED}, {EXTENT} (RCML_ATTACKS_SEED={SEED} repeats it)")


def shortened(text):
    text = re.sub(r"[^\x20-\x7e]", "?", text)
    return text if len(text) <= OUTCOME_LETTERS_MAX else text[: OUTCOME_LETTERS_MAX - 3] + "..."


@pytest.fixture
def case(request):
    return Case(words_of(request.node))


def pytest_configure(config):
    config.pluginmanager.register(Table())

"""A pytest plugin: one line for each fault case, with the seed that repeats it. `make test-faults` prints these lines."""

import pytest
from rcml_program import IS_FULL, SEED

PREFIX = "fault: "


class Report:
    def __init__(self):
        self.lines = []

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report):
        is_end = report.when == "call" or report.outcome != "passed"
        if not is_end or (report.when == "teardown" and report.outcome == "passed"):
            return
        name = report.nodeid.split("::", 1)[-1].removeprefix("test_").replace("_", " ")
        said = " ".join(text.strip() for title, text in report.sections if title == "Captured stdout call").split("\n")[
            -1
        ]
        self.lines.append(
            f"{PREFIX}{report.outcome:7} {report.duration:6.1f} s  {name}{'  -- ' + said if said else ''}"
        )

    @pytest.hookimpl
    def pytest_terminal_summary(self, terminalreporter):
        extent = "full" if IS_FULL else "short"
        terminalreporter.write_line(f"{PREFIX}seed {SEED}, {extent} (RCML_FAULT_SEED={SEED} repeats it)")
        for line in self.lines:
            terminalreporter.write_line(line)


def pytest_report_header():
    return f"seed {SEED} (RCML_FAULT_SEED repeats it), {'full' if IS_FULL else 'short'}"


def pytest_configure(config):
    config.pluginmanager.register(Report())

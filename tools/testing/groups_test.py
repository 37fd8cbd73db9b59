"""The groups of suites: what each runs, and that tools/test.sh sets up the servers its suites start."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import run
import suites

SERVERS = {"kafka", "postgres", "s3"}  # As the parts of the set-up are named, and the fixtures of tests/lib.
STARTED = re.compile(r"\bstart_(\w+)\(|^def \w+\((.*)\)", re.MULTILINE)


def servers_of(suite: suites.Suite) -> set[str]:
    """The servers that the Python files beside a suite's command start, or take as fixtures."""
    folders = {Path(word).parent for word in suite.command if Path(word).is_relative_to(suites.REPO / "tests")}
    found = set()
    for path in [path for folder in folders for path in folder.glob("*.py")]:
        for started, arguments in STARTED.findall(path.read_text()):
            found |= SERVERS & {started, *re.findall(r"\w+", arguments)}
    return found


@pytest.fixture
def set_up_parts(tmp_path):
    """What tools/test.sh asks tools/setup.sh for: it runs in a folder where that only writes down its arguments."""
    (tmp_path / "tools").mkdir()
    shutil.copy(suites.REPO / "tools/test.sh", tmp_path / "tools/test.sh")
    asked = tmp_path / "tools/setup.sh"
    asked.write_text('#!/bin/sh\necho "$@" >"${0%/*}/asked"\nexit 5\n')
    asked.chmod(0o755)

    def parts(*groups: str) -> set[str]:
        subprocess.run([tmp_path / "tools/test.sh", *groups], check=False)
        return set((tmp_path / "tools/asked").read_text().split())

    return parts


@pytest.mark.parametrize("group", sorted(run.GROUPS.keys() - {"platform"}))
def test_a_group_sets_up_the_servers_its_suites_start(group, set_up_parts):
    wanted = {part for suite in run.GROUPS[group]() for part in servers_of(suite)}
    assert wanted <= set_up_parts(group)


def test_the_servers_of_a_suite_are_seen():
    by_name = {suite.name: servers_of(suite) for suite in run.GROUPS["test"]() + run.GROUPS["long"]()}
    assert by_name["dbt"] == {"postgres"}
    assert by_name["platform/kafka"] == {"kafka", "s3"}


@pytest.mark.parametrize("group", ["fast", "test"])
def test_no_unit_test_is_skipped_for_a_missing_server(group, set_up_parts):
    assert {"postgres", "s3"} <= set_up_parts(group)


def test_test_alone_is_the_default(set_up_parts):
    assert set_up_parts() == set_up_parts("test")


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with these files below tests/, each a suite that does nothing."""

    def make(*names: str) -> None:
        for name in names:
            path = tmp_path / "tests" / name
            path.parent.mkdir(parents=True)
            path.write_text("#!/bin/sh\n")

    monkeypatch.setattr(suites, "REPO", tmp_path)
    return make


def extents(group: str, name: str) -> list[dict[str, str]]:
    return [suite.environment for suite in run.GROUPS[group]() if suite.name == name]


def test_a_long_suite_runs_in_the_long_group_alone(checkout):
    checkout("long/month/run.sh")
    assert extents("long", "long/month") == [{"RCML_EXTENT": "long"}]
    assert [suite.name for suite in run.GROUPS["test"]() if "month" in suite.name or suite.name == "long"] == []


def test_attacks_are_short_in_test_and_long_in_long(checkout):
    checkout("attacks/run.sh")
    assert extents("test", "attacks") == [{"RCML_EXTENT": "short"}]
    assert extents("long", "attacks") == [{"RCML_EXTENT": "long"}]


def test_the_long_group_holds_the_full_fault_suites(checkout):
    checkout("faults/run.sh", "platform/kafka/run.sh")
    assert run.GROUPS["faults"]() == [suite for suite in run.GROUPS["long"]() if suite.is_exhaustive]
    assert extents("long", "faults") == extents("long", "platform/kafka") == [{"RCML_FAULTS": "full"}]
    assert extents("test", "faults") == [{"RCML_FAULTS": "short"}]


def test_suites_that_watch_the_clock_or_use_every_core_run_alone():
    together = [
        {suite.name for suite in batch} for batch in run.batches(run.GROUPS["test"]() + run.GROUPS["platform"]())
    ]
    for name in ("unit", "unit_sanitized", "fuzz", "attacks", "platform/kafka", "faults/test_stream_faults"):
        assert {name} in together
    assert any({"dbt", "web"} <= batch for batch in together)
    assert any({"platform/spark", "platform/redshift", "platform/airflow"} <= batch for batch in together)


def test_suites_that_share_the_machine_really_overlap(tmp_path, monkeypatch, capsys):
    """Each waits for the other's file, so neither ends unless both run at once."""
    wait = 'touch "$1/$2"; for _ in $(seq 200); do [ -e "$1/$3" ] && exit 0; sleep 0.05; done; exit 1'

    def waiting(name, other):
        return suites.Suite(name, ["sh", "-c", wait, "sh", str(tmp_path), name, other], is_alone=False)

    monkeypatch.setattr(run, "LOGS", tmp_path)
    monkeypatch.setattr(suites, "REPO", tmp_path)
    monkeypatch.setitem(run.GROUPS, "fast", lambda: [waiting("a", "b"), waiting("b", "a")])
    monkeypatch.setattr("sys.argv", ["run.py", "--lanes", "2", "fast"])
    assert run.main() == 0
    assert capsys.readouterr().out.endswith("2 passed, 0 failed\n")

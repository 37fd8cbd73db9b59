"""The groups of suites: that tools/test.sh sets up the servers which the suites of a group start."""

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
    by_name = {suite.name: servers_of(suite) for suite in run.GROUPS["test"]() + run.GROUPS["faults"]()}
    assert by_name["dbt"] == {"postgres"}
    assert by_name["platform/kafka"] == {"kafka", "s3"}


@pytest.mark.parametrize("group", ["fast", "test"])
def test_no_unit_test_is_skipped_for_a_missing_server(group, set_up_parts):
    assert {"postgres", "s3"} <= set_up_parts(group)


def test_test_alone_is_the_default(set_up_parts):
    assert set_up_parts() == set_up_parts("test")

"""The systemd examples: systemd itself finds nothing to say about them, and they start what the DAGs start."""

import pathlib
import re
import shutil
import subprocess

import pytest
from airflow_process import REPO
from rcml_program import RCML, run

UNITS = REPO / "packaging/systemd"


def commands(unit):
    lines = (UNITS / unit).read_text().splitlines()
    return [line.removeprefix("ExecStart=/usr/bin/rcml ").split() for line in lines if line.startswith("ExecStart=")]


def test_systemd_accepts_them(tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed: apt-get install systemd")
    hook = tmp_path / "alert"
    hook.write_text("#!/bin/sh\n")
    hook.chmod(0o755)
    for unit in UNITS.glob("rcml-*"):
        text = unit.read_text().replace("/usr/bin/rcml", str(pathlib.Path(RCML).resolve()))
        (tmp_path / unit.name).write_text(text.replace("/etc/rcml/alert", str(hook)))
    names = sorted(str(path) for path in tmp_path.glob("rcml-*"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *names], capture_output=True, text=True)
    # It also speaks of the machine's own units; ours are in the temporary folder.
    said = [line for line in done.stderr.splitlines() if "rcml" in line]
    assert said == []
    assert len(names) == 7


def test_each_command_has_help_for_its_flags():
    for unit in UNITS.glob("*.service"):
        for words in commands(unit.name):
            if words[0].startswith("ExecStart"):
                continue
            name = [word for word in words if not word.startswith("-") and not re.match(r"^[\d.:]+[a-z]*$", word)]
            help_text = run(*name, "--help").stdout
            for flag in (word for word in words if word.startswith("--")):
                assert flag in help_text, f"{unit.name}: rcml {' '.join(name)} has no {flag}"


def test_the_timers_do_what_the_dags_do():
    assert commands("rcml-round.service") == [["run"]]
    assert commands("rcml-care.service") == [["lake", "compact"], ["lake", "vacuum"], ["lake", "checkpoint"]]
    assert commands("rcml-clock.service") == [["run", "--every", "1h"]]


@pytest.mark.parametrize("unit", ["rcml-round.service", "rcml-care.service", "rcml-stream.service"])
def test_what_needs_a_person_is_not_tried_again(unit):
    text = (UNITS / unit).read_text()
    assert "RestartPreventExitStatus=2 4\n" in text
    assert "OnFailure=rcml-alert@%N.service\n" in text


def test_the_program_may_have_many_files_open():
    for unit in UNITS.glob("*.service"):
        if commands(unit.name) and not unit.name.startswith("rcml-alert"):
            assert "\nLimitNOFILE=65536\n" in unit.read_text(), unit.name

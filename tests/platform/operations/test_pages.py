"""The commands of docs/operations, run as they stand: each ```bash block of a page in turn, in one empty folder."""

import os
import pathlib
import re
import shlex
import subprocess

import pytest
import rcml_program

PAGES = rcml_program.REPO / "docs/operations"
BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.S | re.M)


def blocks_of(page):
    blocks = BLOCK.findall((PAGES / page).read_text())
    assert blocks, f"{page} has no commands any more"
    return blocks


def run_page(page, folder, replace=(), path=()):
    """Every line must do what the page says: the shell stops at the first that fails."""
    script = "set -euo pipefail\n" + "\n".join(blocks_of(page))
    for old, new in replace:
        assert old in script
        script = script.replace(old, new)
    # The program under test is found by the name the page uses.
    tools = folder / "bin"
    tools.mkdir()
    (tools / "rcml").write_text(
        f'#!/bin/sh\nexec {shlex.quote(str(pathlib.Path(rcml_program.RCML).absolute()))} "$@"\n'
    )
    for name, text in path:
        (tools / name).write_text(text)
    for tool in tools.iterdir():
        tool.chmod(0o755)
    # Other tests may be busy beside this one: dbt's start alone then takes its time.
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "RCML_DOCTOR_WAIT": "200s"}
    done = subprocess.run(
        ["bash", "-x", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr[-6000:]}"
    return done.stdout


def test_first_hour(in_folder):
    out = run_page("first-hour.md", in_folder)
    assert "Everything agrees." in out
    assert re.search(r"^ok +dbt ", out, re.M), out


def test_backfill(in_folder):
    assert run_page("backfill.md", in_folder).count("Everything agrees.") == 3


def test_schema_change_keeps_the_new_field(in_folder):
    import duckdb

    assert "0 rejects" in run_page("schema-change.md", in_folder)
    with duckdb.connect(str(in_folder / "var/clicks.duckdb"), read_only=True) as warehouse:
        kept = warehouse.execute("select extra ->> 'loyalty_tier' from raw.raw_clicks order by event_id").fetchall()
    assert kept == [("gold",), (None,)]


def test_replay_of_rejects(in_folder):
    if rcml_program.run("rejects", "replay", "--help", code=None).returncode != 0:
        pytest.skip("this build has no `rcml rejects replay`")
    assert "Everything agrees." in run_page("replay-rejects.md", in_folder)


def test_lost_topic(in_folder, kafka):
    tool = shlex.join(kafka._java("org.apache.kafka.tools.TopicCommand"))
    topics = ("kafka-topics.sh", f'#!/bin/sh\nexec {tool} "$@"\n')
    out = run_page("lost-topic.md", in_folder, [("localhost:9092", f"127.0.0.1:{kafka.port}")], [topics])
    assert out.count("Everything agrees.") == 3


def test_the_figures_of_cost_can_be_made_again(in_folder):
    assert "bytes" in run_page("cost.md", in_folder)

"""The commands of docs/operations, run as they stand: each ```bash block of a page in turn, in one empty folder."""

import functools
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


def test_replay_of_rejects_brings_every_good_event_back(in_folder):
    import duckdb

    out = run_page("replay-rejects.md", in_folder)
    assert "Everything agrees." in out
    assert int(re.search(r"looked at: (\d+) are rows now", out).group(1)) > 4000
    with duckdb.connect(str(in_folder / "var/clicks.duckdb"), read_only=True) as warehouse:
        assert warehouse.execute("select count(distinct event_id) from raw.raw_clicks").fetchone() == (5000,)


def test_retention_of_the_spool(in_folder):
    out = run_page("spool-retention.md", in_folder)
    assert "2 segments with" in out and "removed; it begins at" in out
    assert out.count("Everything agrees.") == 2
    assert " 0 faults" in out


def test_a_lake_that_others_write_to(in_folder):
    out = run_page("shared-lake.md", in_folder)
    assert out.count("Everything agrees.") == 4
    assert out.count("note ") == 1


def test_lost_topic(in_folder, kafka):
    tool = shlex.join(kafka._java("org.apache.kafka.tools.TopicCommand"))
    topics = ("kafka-topics.sh", f'#!/bin/sh\nexec {tool} "$@"\n')
    out = run_page("lost-topic.md", in_folder, [("localhost:9092", f"127.0.0.1:{kafka.port}")], [topics])
    assert out.count("Everything agrees.") == 3


@functools.cache
def manual(*words):
    """What `rcml WORDS --help` prints; None when there is no such command."""
    done = rcml_program.run(*words, "--help", code=None)
    return done.stdout if done.returncode == 0 else None


def calls_in(text):
    """Each `rcml …` in a code span or at the start of a line of a block, without its comment."""
    spans = re.findall(r"`(?:build/)?rcml ([^`\n]+)`", text)
    lines = re.findall(r"^(?:build/)?rcml ([^\n]+)$", text, re.M)
    return [re.split(r"\s#|[|;…]", call)[0] for call in spans + lines]


@pytest.mark.parametrize("page", sorted(path.name for path in PAGES.glob("*.md")))
def test_each_command_and_flag_that_a_page_names_exists(in_folder, page):
    for call in calls_in((PAGES / page).read_text()):
        words = call.split()
        help_text = manual(*words[:2]) or manual(*words[:1])
        assert help_text, f"{page}: rcml {call}"
        unknown = [flag for flag in re.findall(r"(?<!\S)--[a-z][a-z-]*", call) if flag not in help_text + "--help"]
        assert unknown == [], f"{page}: rcml {call}"


def test_the_figures_of_cost_can_be_made_again(in_folder):
    assert "bytes" in run_page("cost.md", in_folder)

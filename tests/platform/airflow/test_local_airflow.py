"""`make airflow`: a real scheduler, from nothing to the first hour and a backfill, and down again without a trace."""

import json
import os
import pathlib
import re
import subprocess
import urllib.request

import pytest
from rcml_program import IS_FULL, RCML, REPO, Job, lake_column, wait_until
from test_embedded_clock import raw_rows

pytestmark = pytest.mark.skipif(not IS_FULL, reason="takes minutes: RCML_FAULTS=full runs it")
TOOL = REPO / "tools/airflow.sh"


@pytest.fixture
def local(tmp_path):
    """The tool with a lake, a warehouse and a state of its own; whatever it started is stopped at the end."""
    job = Job(tmp_path / "job", events=5_000, days=1)
    job.stream()
    env = {
        **os.environ,
        "RCML_LAKE": str(job.lake),
        "RCML_WAREHOUSE": job.warehouse,
        "RCML_BIN": RCML,
        "RCML_ENV_FILE": os.devnull,
        "RCML_AIRFLOW_DIR": str(tmp_path / "airflow"),
        "RCML_AIRFLOW_PORT": "0",
    }

    def tool(*words, refusal=None, seconds=900):
        """What it prints; None when it failed with the words of `refusal`."""
        done = subprocess.run([TOOL, *words], env=env, capture_output=True, text=True, timeout=seconds)
        if refusal and done.returncode != 0 and refusal in done.stderr:
            return None
        assert done.returncode == 0, f"{done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done.stdout

    tool.job, tool.state = job, tmp_path / "airflow"
    yield tool
    tool("down")


def runs_of(tool, dag_id):
    # Airflow's own warnings may come first.
    return json.loads(tool("cli", "dags", "list-runs", dag_id, "-o", "json").strip().splitlines()[-1])


def wait_for_runs(tool, dag_id, count):
    """Until there are `count`, or more, and none is under way: a reader may then open the warehouse."""

    def all_done():
        states = [run["state"] for run in runs_of(tool, dag_id)]
        assert "failed" not in states, f"{dag_id}: {states}; logs in {tool.state}/logs"
        return len(states) >= count and set(states) == {"success"}

    wait_until(all_done, seconds=900, step=5)


def dags_on_the_page(said):
    """What a person sees who opens the address that was printed and signs in as it says: {dag_id: is it paused}."""
    url, user, password = re.search(r"(http://127\.0\.0\.1:\d+)  user (\w+), password (\S+)", said).groups()
    assert b"<html" in urllib.request.urlopen(url).read()
    who = json.dumps({"username": user, "password": password}).encode()
    sign_in = urllib.request.Request(f"{url}/auth/token", who, {"Content-Type": "application/json"})
    token = json.load(urllib.request.urlopen(sign_in))["access_token"]
    listing = urllib.request.Request(f"{url}/api/v2/dags", headers={"Authorization": f"Bearer {token}"})
    return {dag["dag_id"]: dag["is_paused"] for dag in json.load(urllib.request.urlopen(listing))["dags"]}


def test_up_one_run_each_a_backfill_and_down(local):
    """Known failure A1: unpaused with a start date long past, each DAG is started once."""
    said = local("up")
    pids = [int(line.split()[1]) for line in (local.state / "pids").read_text().splitlines()]
    for dag_id in ("clicks_redshift", "clicks_lake_care"):
        wait_for_runs(local, dag_id, 1)
    assert dags_on_the_page(said) == {"clicks_redshift": False, "clicks_lake_care": False}
    assert local("up") == said
    # A full hour may have passed meanwhile: two at most, never one for each hour since the start date.
    assert len(runs_of(local, "clicks_redshift")) <= 2
    assert len(runs_of(local, "clicks_lake_care")) == 1
    rows = raw_rows(local.job)
    assert rows == len(lake_column(local.job.lake, "event_id"))
    dates = ["--from-date", "2026-03-01T00:00:00+00:00", "--to-date", "2026-03-01T02:00:00+00:00"]
    before = len(runs_of(local, "clicks_redshift"))
    backfill = ("cli", "backfill", "create", "--dag-id", "clicks_redshift", *dates)
    # SQLite refuses it whole when the scheduler writes in the middle of it; a person does it again.
    wait_until(lambda: local(*backfill, refusal="database is locked") is not None, seconds=600, step=5)
    wait_for_runs(local, "clicks_redshift", before + 3)
    assert raw_rows(local.job) == rows
    local("down")
    wait_until(lambda: not any(pathlib.Path(f"/proc/{pid}").exists() for pid in pids))

"""`rcml run`: the same steps as the DAGs, in the same order, by its own clock."""

import json
import re
import signal

import duckdb
from rcml_program import Job, lake_column, run, start, wait_until


def steps(log):
    """The commands a run says it begins: "rcml load", ..."""
    return re.findall(r'info step command="?rcml ([^"\n]+?)"?$', log, re.MULTILINE)


def dag_steps(facts):
    """The commands of the DAGs, read by Airflow itself, without the words that only a trigger's options fill."""
    dags = facts["dags"]

    def of(dag_id):
        words = dags[dag_id]["words"]
        return [" ".join(word for word in words[task] if "{" not in word) for task in dags[dag_id]["order"]]

    return of("clicks_redshift"), of("clicks_lake_care")


def raw_rows(job):
    with duckdb.connect(str(job.file), read_only=True) as connection:
        return connection.execute("select count(*) from raw.raw_clicks").fetchone()[0]


def test_by_the_clock_it_does_what_the_dags_do_and_stops_when_told(tmp_path, facts_3):
    job = Job(tmp_path / "job", events=5_000, days=1)
    job.stream("--flush-rows-max", "1k")
    log = tmp_path / "run.log"
    process = start(
        "run", "--every", "2s", "--care-every", "365d", "--lake", job.lake, "--warehouse", job.warehouse, log=log
    )
    try:
        wait_until(lambda: log.read_text().count("info round done") >= 2, seconds=300)
        process.send_signal(signal.SIGTERM)
        assert process.wait(120) == 0
    finally:
        process.kill()
        process.wait()
    text = log.read_text()
    hourly, daily = dag_steps(facts_3)
    said = steps(text)
    assert said[: len(hourly) + len(daily)] == hourly + daily
    # Care came once, the second round follows at once after it.
    assert said[len(hourly) + len(daily) :][: len(hourly)] == hourly
    assert text.count("info care done") == 1
    assert raw_rows(job) == len(lake_column(job.lake, "event_id"))
    assert json.loads((job.root / "clicks.audit.json").read_text())["ok"] is True
    assert (job.root / "clicks.published.duckdb").exists()


def test_once_does_one_round_and_its_exit_code_is_the_failed_steps(tmp_path):
    job = Job(tmp_path / "job", events=2_000, days=1)
    job.stream()
    arguments = ["run", "--lake", job.lake, "--warehouse", job.warehouse]
    # Flags given to `run` reach its steps: this dbt does not exist.
    failed = run(*arguments, "--dbt-bin", tmp_path / "no-dbt", code=2)
    assert steps(failed.stderr) == ["load", "transform --no-publish"]
    assert "no-dbt" in failed.stderr
    assert re.search(r"error round failed step=transform exit_code=2", failed.stderr)
    assert not (job.root / "clicks.published.duckdb").exists()
    rows = raw_rows(job)
    done = run(*arguments)
    assert steps(done.stderr) == ["load", "transform --no-publish", "publish", "audit --report auto"]
    assert raw_rows(job) == rows

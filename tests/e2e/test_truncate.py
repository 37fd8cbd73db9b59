"""`--truncate`: an over-long text is a reject, unless its column may be cut; then the row holds what fits."""

import json
import urllib.request

import duckdb
import pytest
from long_texts import CUT_COLUMNS, edge_events, is_over_long, still_rejected
from rcml_program import Job, lake_column, run, start, wait_until

TRUNCATE = ("--truncate", ",".join(CUT_COLUMNS))
EDGES = edge_events()
OVER_LONG = [event_id for event_id, (line, _) in EDGES.items() if is_over_long(line)]


@pytest.fixture
def job(tmp_path):
    """A spool with all of the events, the over-long ones too: the import lets them through, whole."""
    job = Job(tmp_path)
    lines = [line for line, _ in EDGES.values()] + still_rejected()
    (tmp_path / "events.ndjson").write_text("".join(line + "\n" for line in lines))
    done = run("import", tmp_path / "events.ndjson", "--format", "ndjson", "--out", job.spool,
               "--rejects-file", tmp_path / "bad.ndjson", "--truncate", "page,geo_city,device")  # fmt: skip
    assert "once rcml stream reads them with the same --truncate" in done.stderr
    assert "2 set aside" in done.stderr, "the two whose ids are too long"
    return job


def warehouse_rows(job):
    job.load()
    with duckdb.connect(str(job.file), read_only=True) as connection:
        rows = connection.execute("select event_id, page, geo_city from raw.raw_clicks").fetchall()
    return {event_id: {"page": page, "geo_city": geo_city} for event_id, page, geo_city in rows}


def assert_every_row_holds_what_fits(job):
    rows = warehouse_rows(job)
    assert len(rows) == len(EDGES)
    for event_id, (_, expected) in EDGES.items():
        assert {name: rows[event_id][name] for name in expected} == expected, event_id
    assert job.audit("--warehouse", job.warehouse)["ok"]


def test_by_default_an_over_long_text_is_a_reject_and_a_replay_cuts_it(job):
    job.stream()
    assert sorted(warehouse_rows(job)) == sorted(set(EDGES) - set(OVER_LONG))
    assert lake_column(job.lake, "reason", "rejects") == ["too_long"] * (len(OVER_LONG) + 1)
    done = run("rejects", "replay", "--lake", job.lake, *TRUNCATE)
    assert f"{len(OVER_LONG)} are rows now, 1 still bad" in done.stdout
    assert f"{len(OVER_LONG)} texts cut to their column's length: page " in done.stdout
    assert_every_row_holds_what_fits(job)


def test_where_cutting_is_allowed_the_row_holds_what_fits(job):
    done = job.stream(*TRUNCATE)
    assert f"{len(EDGES)} rows and 1 rejects" in done.stdout
    by_column = {name: sum(event_id.startswith(name) for event_id in OVER_LONG) for name in CUT_COLUMNS}
    by_column["geo_city"] += 1  # The combining one.
    counts = ", ".join(f"{name} {count}" for name, count in by_column.items())
    assert f"{len(OVER_LONG)} texts cut to their column's length: {counts}" in done.stdout
    assert f"texts_cut={len(OVER_LONG)}" in done.stderr
    assert_every_row_holds_what_fits(job)


def test_the_metric_counts_by_column(job, tmp_path):
    log = tmp_path / "stream.log"
    running = start("stream", "--from", job.spool, "--lake", job.lake, "--metrics", "127.0.0.1:0",
                    "--flush-age-ms-max", "100ms", *TRUNCATE, log=log)  # fmt: skip
    try:
        wait_until(lambda: "commit done" in log.read_text())
        url = next(word for word in log.read_text().split() if word.startswith("url=")).removeprefix("url=").strip('"')
        with urllib.request.urlopen(url, timeout=30) as answer:
            lines = answer.read().decode().splitlines()
    finally:
        running.terminate()
        assert running.wait(60) == 0
    cuts = dict(
        line.removeprefix("rcml_sink_cut_texts_total").split() for line in lines if line.startswith("rcml_sink_cut")
    )
    assert int(cuts['{column="page"}']) + int(cuts['{column="geo_city"}']) == len(OVER_LONG)
    assert cuts['{column="device"}'] == "0"
    assert '{column="session_id"}' not in cuts


@pytest.mark.parametrize("command", [["stream", "--from", "spool:s"], ["rejects", "replay"], ["import", "-"]])
def test_an_id_is_refused_before_anything_is_touched(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    more = ["--format", "ndjson", "--out", "spool:s"] if command[0] == "import" else ["--lake", "lake"]
    done = run(*command, *more, env={"RCML_TRUNCATE": "page,session_id"}, code=2)
    assert "session_id is an id" in done.stderr
    assert "Columns that may be cut: event_type, page, utm_campaign, device, geo_city, source" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_simulators_truth_stands_with_every_column_cut(tmp_path):
    """Its over-long events are so in an id: they stay rejects, so the audit with the truth holds."""
    job = Job(tmp_path, events=3_000, profile="hostile")
    job.stream("--truncate", "event_type,page,utm_campaign,device,geo_city,source")
    assert json.dumps(lake_column(job.lake, "reason", "rejects")).count("too_long") > 0
    job.load()
    run("transform", "--warehouse", job.warehouse)
    job.audit("--warehouse", job.warehouse, "--truth", job.truth_dir)

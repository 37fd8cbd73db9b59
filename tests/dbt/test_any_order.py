"""Incremental = full refresh, for any order and any cut of the arrivals: batches in random order, some rows moved to
another batch, one batch taken back; after each run the work list is empty, after the last the marts are equal."""

import random

import pytest
from dbt.cli.main import dbtRunner
from make_clicks import make_clicks
from project import COLUMNS, MARTS, dbt_environment, differences

NOW = "{rcml_now: '2025-09-30 00:00:00'}"
# Positions are the log's and do not change with the order of loading.
ROWS = f"select {', '.join(COLUMNS)} from raw.raw_clicks order by source_partition, source_offset"


class Runner:
    """dbt in this process, parsed once: a run costs two seconds instead of eight."""

    def __init__(self, warehouse, artifacts, monkeypatch):
        for name, value in dbt_environment(warehouse, artifacts).items():
            monkeypatch.setenv(name, value)
        parsed = dbtRunner().invoke(["--quiet", "parse", "--vars", NOW])
        assert parsed.success, parsed.exception
        self.manifest = parsed.result

    def __call__(self, *arguments):
        outcome = dbtRunner(manifest=self.manifest).invoke(["--quiet", *arguments, "--vars", NOW])
        assert outcome.success, [(result.node.name, result.message) for result in outcome.result or []]


def keep_marts(warehouse, schema):
    warehouse.execute(f"create schema {schema}")
    for mart in MARTS:
        warehouse.execute(f"create table {schema}.{mart} as select * from marts.{mart}")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_batches_in_any_order_equal_a_full_refresh(seed, duck, artifacts, monkeypatch):
    with duck._connect() as connection:
        # Few clients with long histories: most batches touch most of them.
        make_clicks(connection, events=3000, seed=seed, days=6, clients=60)
    rows = duck.rows(ROWS)
    duck.execute("delete from raw.raw_clicks")

    chance = random.Random(seed)
    by_day = sorted(rows, key=lambda row: (row[COLUMNS.index("dt")], chance.random()))
    size = len(rows) // 3 + 1
    batches = [by_day[i : i + size] for i in range(0, len(rows), size)]
    for _ in range(300):  # Late and early birds.
        giver, taker = chance.sample(batches, 2)
        taker.append(giver.pop(chance.randrange(len(giver))))
    chance.shuffle(batches)

    run = Runner(duck, artifacts(f"order-{seed}"), monkeypatch)
    for batch in batches:
        duck.insert(batch)
        run("run")
        assert duck.rows("select count(*) from marts.int_touched_clients") == [(0,)]
    # A range is loaded anew without some rows, as `rcml load --replace-dt` does.
    duck.execute("delete from raw.raw_clicks where dt = date '2025-08-03' and source_offset % 5 = 0")
    run("run")
    # Values are corrected in the lake, and the date is loaded again.
    duck.execute("update raw.raw_clicks set page = '/corrected', revenue = revenue + 1, geo_city = null "
                 "where dt = date '2025-08-02' and source_offset % 7 = 0")  # fmt: skip
    run("run")
    assert duck.rows("select count(*) from marts.int_events where page = '/corrected'")[0][0] > 0

    keep_marts(duck, "incremental")
    run("run", "--full-refresh")
    assert duck.rows("select count(*) from marts.fct_sessions")[0][0] > 300
    assert differences(duck, duck, "incremental", "marts") == []


def test_a_run_that_dies_between_the_two_incremental_models_is_finished_by_the_next(duck, artifacts, monkeypatch):
    with duck._connect() as connection:
        make_clicks(connection, events=2000, seed=9, days=4, clients=50)
    rows = duck.rows(ROWS)
    duck.execute("delete from raw.raw_clicks")
    run = Runner(duck, artifacts("dies"), monkeypatch)
    duck.insert(rows[: len(rows) // 2])
    run("run")
    duck.insert(rows[len(rows) // 2 :])
    run(
        "run", "--select", "int_click_copies", "stg_clicks", "int_touched_clients", "int_events"
    )  # int_sessions never ran.
    assert duck.rows("select count(*) from marts.int_touched_clients")[0][0] > 0
    run("run")
    keep_marts(duck, "incremental")
    run("run", "--full-refresh")
    assert differences(duck, duck, "incremental", "marts") == []


def test_a_full_refresh_that_dies_between_the_two_is_finished_by_a_plain_run(duck, artifacts, monkeypatch):
    """Another gap between sessions asks for a full refresh; half of one must not stand."""
    with duck._connect() as connection:
        make_clicks(connection, events=2000, seed=10, days=4, clients=50)
    run = Runner(duck, artifacts("half"), monkeypatch)
    run("run")
    duck.execute("update marts.int_sessions set event_count = event_count + 1")  # As another gap would leave it.
    until_events = ["int_ledger_at_start", "int_click_copies", "stg_clicks", "int_touched_clients", "int_events"]
    run("run", "--full-refresh", "--select", *until_events)
    run("run")
    keep_marts(duck, "half")
    run("run", "--full-refresh")
    assert differences(duck, duck, "half", "marts") == []

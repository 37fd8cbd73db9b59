"""`dbt build` while `rcml load` commits beside it, batch after batch: on PostgreSQL and on Redshift's double nothing fails
and nothing waits for ever. (DuckDB's file has one writer at a time: tests/e2e/test_warehouse_file.py.)

What a build that met a load leaves is whole in itself; the next one takes in what it had missed.
"""

import contextlib
import threading

from lakes import Lake, RedshiftDouble
from project import Duck, Pg, dbt, differences

# As `rcml transform` runs it: unit tests are about the models, not about the data.
BUILD = ("build", "--exclude-resource-type", "unit_test")
VARIABLES = {"rcml_now": "2026-03-05 12:00:00"}
LEDGER = "select count(*), count(distinct loaded_at) from raw.load_ledger where file_path like 'clicks/%'"
BATCHES_BESIDE_MIN = 5


class Shop:
    """Events that keep coming: each round a few hundred, with doubles that arrive in another file than their first."""

    def __init__(self, root, s3, urls):
        self.lake = Lake(root, s3, "beside", 3_000, profile="hostile", flush_rows=500)
        self.urls, self.seed = urls, 100

    def round(self):
        self.seed += 1
        self.lake.generate(300, "hostile", 2, self.seed)
        self.lake.stream()
        self.load()

    def load(self):
        for url in self.urls:
            self.lake.load(url, "--batch-files-max", "1")


@contextlib.contextmanager
def rounds_beside(shop):
    """New events are loaded again and again until the block is left; a round that fails fails the test."""
    is_over, failures = threading.Event(), []

    def work():
        try:
            while not is_over.is_set():
                shop.round()
        except Exception as failure:  # Told by the thread that waits.
            failures.append(failure)

    loading = threading.Thread(target=work)
    loading.start()
    try:
        yield
    finally:
        is_over.set()
        loading.join()
    assert failures == [], failures[0]


def build_at_once(warehouses, artifacts):
    """One dbt build on each, all at the same time; gives what each said."""
    said, threads = {}, []

    def build(warehouse):
        try:
            said[warehouse.target] = dbt(warehouse, artifacts / warehouse.target, *BUILD, variables=VARIABLES)
        except AssertionError as failure:
            said[warehouse.target] = failure

    for warehouse in warehouses:
        threads.append(threading.Thread(target=build, args=(warehouse,)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    for outcome in said.values():
        if isinstance(outcome, AssertionError):
            raise outcome
    return said


def test_builds_beside_loads_fail_nothing_and_end_where_a_quiet_run_does(tmp_path, s3, double, postgres):
    databases = double.make_database("beside_redshift"), double.make_database("beside_postgres")
    plain = Pg("127.0.0.1", postgres.port, database=databases[1])
    redshift = RedshiftDouble(double, databases[0])
    shop = Shop(tmp_path, s3, [f"postgres://rcml@127.0.0.1:{postgres.port}/{databases[1]}", double.url(databases[0])])
    shop.load()
    warehouses = [plain, redshift]
    for kind in ("full", "incremental"):
        before = [warehouse.rows(LEDGER)[0] for warehouse in warehouses]
        with rounds_beside(shop):
            said = build_at_once(warehouses, tmp_path)
        for warehouse, (_, batches_before) in zip(warehouses, before, strict=True):
            batches = warehouse.rows(LEDGER)[0][1] - batches_before
            done = [line for line in said[warehouse.target].splitlines() if "PASS=" in line][-1].split("Done. ")[-1]
            print(f"{warehouse.target}, {kind} build: {batches} batches committed beside it; {done}")
            assert batches >= BATCHES_BESIDE_MIN
            assert "ERROR=0" in done and "SKIP=0" in done
    duck = Duck(tmp_path / "quiet.duckdb")
    shop.lake.load(f"duckdb:{duck.path}")
    build_at_once([*warehouses, duck], tmp_path)
    for warehouse in warehouses:
        assert differences(duck, warehouse) == []

"""Servers and warehouses of the tests: each is made once and thrown away."""

import sys
import time

import psycopg2
import pytest
from make_clicks import RAW_DDL
from project import REPO, Duck, Pg

sys.path.insert(0, str(REPO / "tools"))
import services  # noqa: E402


@pytest.fixture(scope="session")
def artifacts(tmp_path_factory):
    """One folder for dbt's artifacts per test run, so that the project is parsed once per target."""
    folder = tmp_path_factory.mktemp("dbt")
    return lambda name: folder / name


def wait_until_ready(warehouse, seconds=60):
    """The port answers a little before the server does."""
    give_up_at = time.monotonic() + seconds
    while True:
        try:
            return warehouse.rows("select 1")
        except psycopg2.OperationalError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.2)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    with services.Services(tmp_path_factory.mktemp("services")) as running:
        server = running.start_postgres()
        warehouse = Pg("127.0.0.1", server.port)
        wait_until_ready(warehouse)
        warehouse.execute(RAW_DDL.replace(" blob ", " bytea "))
        yield warehouse


@pytest.fixture
def duck(tmp_path):
    warehouse = Duck(tmp_path / "clicks.duckdb")
    warehouse.execute(RAW_DDL)
    return warehouse

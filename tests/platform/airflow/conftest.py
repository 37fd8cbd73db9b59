import pathlib
import sys

import pytest

REPO = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(REPO / "tests/lib"), str(REPO / "tools"), str(pathlib.Path(__file__).parent)]

from airflow_process import Airflow  # noqa: E402
from shop import Shop  # noqa: E402


@pytest.fixture(scope="session")
def airflow(tmp_path_factory):
    """Airflow 3 with a database of its own."""
    with Airflow(3, tmp_path_factory.mktemp("airflow-3")) as running:
        yield running


@pytest.fixture(scope="session")
def shop(tmp_path_factory):
    """A day of clicks that is fed into the lake hour by hour."""
    return Shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="session")
def facts_3(tmp_path_factory):
    """What the DAGs are, read by Airflow 3."""
    return Airflow(3, tmp_path_factory.mktemp("facts-3")).facts()


@pytest.fixture(scope="session")
def facts_2(tmp_path_factory):
    """The same, read by Airflow 2.11."""
    return Airflow(2, tmp_path_factory.mktemp("facts-2")).facts()

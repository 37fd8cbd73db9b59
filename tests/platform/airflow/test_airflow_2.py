"""Airflow 2.11: the same file, the same tasks, and after each run the same counts as on Airflow 3."""

import pytest
from airflow_process import Airflow
from hours import passed, run_hour, two_hours_by_dags_test
from shop import DAY, NEXT_DAY, Shop, check_counts


@pytest.fixture(scope="module")
def airflow_2(tmp_path_factory):
    with Airflow(2, tmp_path_factory.mktemp("airflow-2")) as running:
        yield running


@pytest.fixture(scope="module")
def shop_2(tmp_path_factory):
    return Shop(tmp_path_factory.mktemp("shop-2"), events=5_000)


def test_two_hours_in_a_row(airflow_2, shop_2):
    two_hours_by_dags_test(airflow_2, shop_2)


def test_the_daily_care_and_the_same_hour_again_change_no_count(airflow_2, shop_2):
    before = shop_2.counts()
    passed(airflow_2.run_dag("clicks_lake_care", f"{NEXT_DAY}T03:30:00", env=shop_2.env), airflow_2)
    passed(run_hour(airflow_2, shop_2, f"{DAY}T14:00:00"), airflow_2)
    assert shop_2.counts() == before
    check_counts(shop_2, before)

"""What the DAGs are, on both Airflows: they import clean, do nothing while imported, and start once, not for each hour missed."""

import datetime

import pytest

CHAINS = {
    "clicks_redshift": ["load", "dbt_build", "publish", "audit"],
    "clicks_lake_care": ["compact", "vacuum", "checkpoint"],
}
PERIODS = {"clicks_redshift": datetime.timedelta(hours=1), "clicks_lake_care": datetime.timedelta(days=1)}


@pytest.fixture(scope="module", params=[3, 2], ids=["airflow-3", "airflow-2.11"])
def facts(request):
    return request.getfixturevalue(f"facts_{request.param}")


def test_the_dags_import_without_errors_or_warnings(facts):
    assert facts["import_errors"] == {}
    assert facts["warnings"] == []
    assert set(facts["dags"]) == set(CHAINS)


def test_importing_them_opens_starts_and_asks_nothing(facts):
    assert facts["done_by_file"] == []


@pytest.mark.parametrize("dag_id", CHAINS)
def test_each_is_one_chain_of_calls_of_rcml(facts, dag_id):
    dag = facts["dags"][dag_id]
    chain = CHAINS[dag_id]
    assert dag["order"] == chain
    assert dag["downstream"] == {task: chain[index + 1 : index + 2] for index, task in enumerate(chain)}
    assert dag["kinds"] == ["RcmlOperator"]


@pytest.mark.parametrize("dag_id", CHAINS)
def test_runs_do_not_meet_and_tasks_are_tried_again(facts, dag_id):
    dag = facts["dags"][dag_id]
    assert dag["max_active_runs"] == 1
    assert set(dag["at_once"].values()) == {1}
    assert set(dag["retries"].values()) == {3}
    assert dag["has_timeout"]


@pytest.mark.parametrize("dag_id", CHAINS)
def test_somebody_is_told(facts, dag_id):
    dag = facts["dags"][dag_id]
    assert all(dag["tells_failure"].values())
    # A failed task has told by itself; a run whose time was up has nobody else to tell it.
    (alert,) = dag["told"].pop("timed_out")
    assert (alert["event"], alert["dag"], alert["run"]) == ("timed_out", dag_id, "a run")
    assert dag["told"] == {"task_failure": []}
    assert [task for task, tells in dag["tells_late"].items() if tells] == (
        ["audit"] if dag_id == "clicks_redshift" else []
    )


@pytest.mark.parametrize("dag_id", CHAINS)
def test_unpausing_starts_one_run_not_one_for_each_hour_since_the_start_date(facts, dag_id):
    """Known failure A1, by the very function the scheduler decides with."""
    dag = facts["dags"][dag_id]
    assert dag["catchup"] is False
    now = datetime.datetime.fromisoformat(facts["now"])
    first, second = map(datetime.datetime.fromisoformat, dag["starts"])
    assert now - PERIODS[dag_id] < first <= now
    assert second == first + PERIODS[dag_id]
    assert second > now

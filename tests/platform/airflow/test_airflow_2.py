"""An hour on Airflow 2.11: the same file, the same tasks, the same rows."""

import pytest
from airflow_process import Airflow
from rcml_program import IS_FULL, Job, lake_column
from test_embedded_clock import raw_rows

pytestmark = pytest.mark.skipif(not IS_FULL, reason="takes a minute: RCML_FAULTS=full runs it; test_dags.py has both")


def test_an_hour_and_the_daily_care(tmp_path):
    job = Job(tmp_path / "job", events=5_000, days=1)
    job.stream()
    env = {"RCML_LAKE": str(job.lake), "RCML_WAREHOUSE": job.warehouse}
    with Airflow(2, tmp_path / "airflow") as airflow:
        for dag_id in ("clicks_redshift", "clicks_lake_care", "clicks_redshift"):
            done = airflow.run_dag(dag_id, "2026-03-01T13:00:00", env=env)
            assert done["state"] == "success", f"{done}\n{airflow.tail()}"
            assert raw_rows(job) == len(lake_column(job.lake, "event_id"))

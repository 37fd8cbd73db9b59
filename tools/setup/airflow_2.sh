# shellcheck shell=bash
# The last Airflow of the 2 series, in a venv of its own: the DAGs have to run on it too (tests/platform/airflow).

setup_airflow_2() {
  provide_venv airflow-2
}

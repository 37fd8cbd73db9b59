# shellcheck shell=bash
# Apache Airflow for `make airflow`, in a venv of its own.

setup_airflow() {
  provide_venv airflow-3
}

# shellcheck shell=bash
# What `rcml transform` runs: dbt with its three adapters, in the same venv as Arrow C++.

setup_dbt() {
  provide_venv python-tools
}

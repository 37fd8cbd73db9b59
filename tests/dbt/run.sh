#!/usr/bin/env bash
# The models on DuckDB and on a private PostgreSQL: known answers, any order of arrival, equal marts, Redshift's SQL.
#   tests/dbt/run.sh [file or pytest arguments]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
deps=${RCML_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/rcml/deps}
# A folder of its own: pytest's shared one is swept by other runs, and PostgreSQL's user must be able to reach its data.
tmp=$(mktemp -d "${RCML_TMP:-/tmp}/rcml-dbt-XXXXXX")
trap 'rm -rf "$tmp"' EXIT
"$deps/python-tools/bin/python" -m pytest -q -rfEs -p no:cacheprovider --basetemp "$tmp/pytest" --rootdir "$here" "${@:-$here}"

#!/usr/bin/env bash
# The models on DuckDB and on a private PostgreSQL: known answers, any order of arrival, equal marts, Redshift's SQL.
#   tests/dbt/run.sh [file or pytest arguments]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
deps=${RCML_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/rcml/deps}
exec "$deps/python-tools/bin/python" -m pytest -q -p no:cacheprovider --rootdir "$here" "${@:-$here}"

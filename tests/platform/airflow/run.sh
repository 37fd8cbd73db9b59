#!/usr/bin/env bash
# The DAGs on real Airflow (3 and 2.11) and real data, and the embedded clock that does the same without it.
#   tests/platform/airflow/run.sh [file or pytest arguments]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
deps=${RCML_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/rcml/deps}
for part in airflow-3:airflow airflow-2:airflow_2; do
  [ -x "$deps/${part%%:*}/bin/python" ] && continue
  echo "skipped: ${part%%:*} is not installed. Run: tools/setup.sh ${part#*:}"
  exit 77
done
exec "$deps/python-tools/bin/python" -m pytest -q -rfEs -p no:cacheprovider --rootdir "$here" "${@:-$here}"

#!/usr/bin/env bash
# The Spark job beside `rcml stream`: the same rows and rejects, exactly once, and each can take over from the other.
#   tests/platform/spark/run.sh [file or pytest arguments]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
deps=${RCML_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/rcml/deps}
if [ ! -x "$deps/spark-tools/bin/python" ] || [ ! -d "$deps/spark-jars-4.2.0" ]; then
  echo "skipped: Spark is not in $deps; run tools/setup.sh spark"
  exit 77
fi
exec "$deps/python-tools/bin/python" -m pytest -q -rfEs -p no:cacheprovider --rootdir "$here" "${@:-$here}"

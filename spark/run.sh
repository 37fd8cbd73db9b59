#!/usr/bin/env bash
# Runs the job on this machine with the parts that `tools/setup.sh spark` has installed.
#   spark/run.sh --from kafka://localhost:9092/clicks --lake var/lake [--drain]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
deps=${RCML_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/rcml/deps}
python="$deps/spark-tools/bin/python"
if [ ! -x "$python" ] || [ ! -d "$deps/spark-jars-4.2.0" ]; then
  echo "spark/run.sh: error: Spark is not installed in $deps. Run: tools/setup.sh spark" >&2
  exit 2
fi
export RCML_SPARK_JARS="${RCML_SPARK_JARS:-$deps/spark-jars-4.2.0}"
export PYSPARK_PYTHON="$python"
exec "$python" "$here/stream_to_lake.py" "$@"

#!/usr/bin/env bash
# The stream on a real Kafka broker and a real S3 server, with the faults of both.
#   tests/platform/kafka/run.sh [file or pytest arguments]      RCML_FAULTS=full for the long forms
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
deps=${RCML_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/rcml/deps}
exec "$deps/python-tools/bin/python" -m pytest -q -rfEs -p no:cacheprovider --rootdir "$here" "${@:-$here}"

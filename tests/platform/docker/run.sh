#!/usr/bin/env bash
# docker/ without an engine: its files by compose's own parser and by rules, its services' commands on real servers.
#   tests/platform/docker/run.sh [file or pytest arguments]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
deps=${RCML_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/rcml/deps}
exec "$deps/python-tools/bin/python" -m pytest -q -rfEs -p no:cacheprovider --rootdir "$here" "${@:-$here}"

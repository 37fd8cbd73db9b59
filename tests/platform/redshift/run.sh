#!/usr/bin/env bash
# The load into Redshift's double, end to end, and what the double refuses; the loader's contract on all three targets.
#   tests/platform/redshift/run.sh [file or pytest arguments]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
deps=${RCML_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/rcml/deps}
# A folder of its own: pytest's shared one is swept by other runs, and PostgreSQL's user must be able to reach its data.
tmp=$(mktemp -d "${RCML_TMP:-/tmp}/rcml-redshift-XXXXXX")
trap 'rm -rf "$tmp"' EXIT
"$deps/python-tools/bin/python" -m pytest -q -rfEs -p no:cacheprovider --basetemp "$tmp/pytest" --rootdir "$here" "${@:-$here}"

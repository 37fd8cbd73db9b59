#!/usr/bin/env bash
# Apache Superset with our dashboard, for real: imported into a fresh instance, asked, looked at in a browser, exported.
#   tests/platform/superset/run.sh [pytest options]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
deps=${RCML_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/rcml/deps}
for part in superset superset-metadata playwright-core-1.65 python-tools; do
  [ -e "$deps/$part/.complete" ] || {
    echo "$deps/$part is missing. Run: tools/setup.sh superset test" >&2
    exit 3
  }
done
[ "${RCML_FAULTS:-}" = full ] ||
  echo "in short: the double of Redshift stands before PostgreSQL's marts; RCML_FAULTS=full loads it by COPY and runs dbt on it"
# A folder of its own: pytest's shared one is swept by other runs, and PostgreSQL's user must be able to reach its data.
tmp=$(mktemp -d "${RCML_TMP:-/tmp}/rcml-superset-XXXXXX")
trap 'rm -rf "$tmp"' EXIT
"$deps/python-tools/bin/python" -m pytest -q -rfEs -p no:cacheprovider --basetemp "$tmp/pytest" --rootdir "$here" "$@" "$here"

#!/usr/bin/env bash
# The files that the program itself prints: settings and the contract's columns each have one table in C++, and these
# are its copies for people and for other programs.
#
#   tools/generate.sh            writes them (make generate)
#   tools/generate.sh --check    says which are stale; writes nothing
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rcml=${RCML:-build/rcml}

# FILE, then the arguments of rcml that print it.
table() {
  cat <<'LIST'
.env.example                                 config example
docs/reference/settings.md                   config reference
docs/reference/click.schema.json             contract json-schema
docs/reference/raw_clicks.duckdb.sql         contract ddl --target duckdb
docs/reference/raw_clicks.postgres.sql       contract ddl --target postgres
docs/reference/raw_clicks.redshift.sql       contract ddl --target redshift
dags/clickstream/models/_sources.yml         contract dbt-source
spark/contract.json                          contract lake-schema
LIST
}

scratch=$(mktemp)
trap 'rm -f "$scratch"' EXIT
fresh=0
stale=0
while read -r file arguments; do
  # A word of its own each; nothing of the host's settings may show in a committed file.
  # shellcheck disable=SC2086
  if ! env -i PATH="$PATH" "$rcml" $arguments --env-file /dev/null >"$scratch"; then
    echo "generate: error: rcml $arguments failed, see above"
    stale=$((stale + 1))
  elif cmp -s "$scratch" "$file"; then
    fresh=$((fresh + 1))
  elif [ "${1:-}" = --check ]; then
    diff -u "$file" "$scratch" | head -n 20 || true
    echo "generate: $file is stale or missing. Run: make generate"
    stale=$((stale + 1))
  else
    mkdir -p "$(dirname "$file")"
    cp "$scratch" "$file"
    echo "generate: wrote $file"
  fi
done < <(table)
[ "${1:-}" != --check ] || echo "$fresh passed, $stale failed"
[ "$stale" = 0 ]

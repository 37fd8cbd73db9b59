#!/usr/bin/env bash
# The live page on marts of ten million events: each panel when nobody has asked before, then fifty viewers at once.
# The goals: a panel in at most 200 ms, a request of fifty viewers in less than 100 ms at p95, on 2 cores.
# Usage: bench/page.sh [PROGRAM] [SECONDS] [SESSIONS]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=${1:-build/rcml}
seconds=${2:-10}
sessions=${3:-1150000}
deps=${RCML_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/rcml/deps}
folder=$(mktemp -d)
page=""
trap '[ -z "$page" ] || kill "$page"; rm -rf "$folder"' EXIT

"$deps/python-tools/bin/python" "$here/../tests/web/sample_marts.py" "$folder/shop.published.duckdb" --sessions "$sessions" --days 365
"$program" dashboard --warehouse "duckdb:$folder/shop.duckdb" --listen 127.0.0.1:0 --log-level error >"$folder/said" &
page=$!
for _ in $(seq 300); do
  grep -q http "$folder/said" && break
  sleep 0.1
done
"$here/../build/bench/bench_page" "$(sed -n 's|.*http://127.0.0.1:\([0-9]*\)/.*|\1|p' "$folder/said")" "$seconds"
grep -E 'VmHWM' "/proc/$page/status"

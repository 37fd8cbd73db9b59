#!/usr/bin/env bash
# The live page on marts of ten million events: unchanged and kept answers, each panel when nobody has asked before,
# then fifty viewers at once. The goals: a panel in at most 200 ms, fifty viewers' requests in at most 5 ms at p95, on
# 2 cores.
#
#   bench/page.sh [PROGRAM] [SECONDS] [SESSIONS]
#   OTHER=PROGRAM bench/page.sh ...      measures another build of the program too, in turns, over the same marts
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=${1:-build/rcml}
seconds=${2:-10}
sessions=${3:-1150000}
deps=${RCML_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/rcml/deps}
folder=$(mktemp -d)
page=""
trap '[ -z "$page" ] || kill "$page"; rm -rf "$folder"' EXIT

# measure PROGRAM: serves the marts with it and asks.
measure() {
  echo "== $1"
  "$1" dashboard --warehouse "duckdb:$folder/shop.duckdb" --listen 127.0.0.1:0 --log-level error >"$folder/said" &
  page=$!
  for _ in $(seq 300); do
    grep -q http "$folder/said" && break
    sleep 0.1
  done
  "$here/../build/bench/bench_page" "$(sed -n 's|.*http://127.0.0.1:\([0-9]*\)/.*|\1|p' "$folder/said" | head -n 1)" "$seconds"
  grep -E 'VmHWM' "/proc/$page/status"
  kill "$page"
  wait "$page" || true
  page=""
}

"$deps/python-tools/bin/python" "$here/../tests/web/sample_marts.py" "$folder/shop.published.duckdb" --sessions "$sessions" --days 365
if [ -z "${OTHER:-}" ]; then
  measure "$program"
else
  for turn in "$OTHER" "$program" "$OTHER" "$program"; do measure "$turn"; done
fi

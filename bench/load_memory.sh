#!/usr/bin/env bash
# How much memory `rcml load` takes for lakes of several sizes, into DuckDB and into PostgreSQL: the peak of that process,
# DuckDB's own memory within. It must not grow with the lake.
# Usage: bench/load_memory.sh [PROGRAM] [EVENTS...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
program=$(realpath "${1:-build/rcml}")
shift || true
[ $# -gt 0 ] || set -- 1000000 5000000 10000000
python=${XDG_CACHE_HOME:-$HOME/.cache}/rcml/deps/python-tools/bin/python
folder=$(mktemp -d)
chmod 711 "$folder"
trap 'rm -rf "$folder"' EXIT

"$python" bench/load_memory.py "$program" "$folder" "$@"

#!/usr/bin/env bash
# PostgreSQL: `rcml load` of a lake beside COPY … FROM of the same rows as a binary file on the server's own disk, in turn
# on one private server. The server's own COPY reads no Parquet, converts nothing and crosses no socket: it is the limit.
# Usage: bench/postgres_load.sh [PROGRAM] [EVENTS] [ROUNDS]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
program=$(realpath "${1:-build/rcml}")
python=${XDG_CACHE_HOME:-$HOME/.cache}/rcml/deps/python-tools/bin/python
folder=$(mktemp -d)
chmod 711 "$folder"
trap 'rm -rf "$folder"' EXIT

"$python" bench/postgres_load.py "$program" "$folder" "${2:-1000000}" "${3:-3}"

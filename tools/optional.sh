#!/usr/bin/env bash
# Runs a script of the checkout, or says in one line that this checkout has none yet.
#
#   tools/optional.sh SCRIPT [ARGUMENT...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
script=$1
shift
if [ ! -x "$script" ]; then
  printf 'not there yet: %s (see CHANGELOG.md for what is)\n' "$script" >&2
  exit 3
fi
exec "$script" "$@"

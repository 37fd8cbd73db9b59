#!/usr/bin/env bash
# Builds one target of one CMake preset; quiet when it works.
#
#   tools/build.sh PRESET TARGET...      e.g. tools/build.sh release rcml; RCML_JOBS=1 for a small machine
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
preset=$1
shift
jobs=${RCML_JOBS:-$(nproc)}

configure_log=$(mktemp)
trap 'rm -f "$configure_log"' EXIT
if ! cmake --preset "$preset" >"$configure_log" 2>&1; then
  cat "$configure_log" >&2
  printf 'build: error: cmake --preset %s failed, see above\n' "$preset" >&2
  printf 'build: cure: run tools/setup.sh build; if that changes nothing, make clean and try again\n' >&2
  exit 3
fi
cmake --build --preset "$preset" -j "$jobs" --target "$@"

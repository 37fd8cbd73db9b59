#!/usr/bin/env bash
# What an attacker can do to the live page and to the metrics' listener, over the wire. Prints a table
# `input | outcome | memory`: the memory is what the attacked process took meanwhile, in MiB.
#
#   tests/attacks/run.sh [file or pytest arguments]
#   RCML=PROGRAM tests/attacks/run.sh
#   RCML_EXTENT=long tests/attacks/run.sh     minutes instead of a minute and a half: more of everything random or slow
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
RCML=$(realpath -m "${RCML:-$here/../../build/rcml}")
export RCML
export RCML_DEPS=${RCML_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/rcml/deps}
[ -x "$RCML" ] || { echo "$RCML is missing. Run: make build" >&2; exit 3; }
tmp=$(mktemp -d "${RCML_TMP:-/tmp}/rcml-attacks-XXXXXX")
trap 'rm -rf "$tmp"' EXIT
cd "$here"
"$RCML_DEPS/python-tools/bin/python" -m pytest -q -rfEs --tb=no --no-header -p no:cacheprovider -o faulthandler_timeout=300 \
  --basetemp "$tmp/pytest" --rootdir "$here" "$@"

#!/usr/bin/env bash
# The live page in a real browser. Prints one line per test; the last line is `N passed, N failed`.
#
#   tests/web/run.sh              with build/rcml
#   RCML=PROGRAM tests/web/run.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export RCML=${RCML:-build/rcml}
export RCML_DEPS_DIR=${RCML_DEPS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/rcml/deps}
[ -x "$RCML" ] || { echo "$RCML is missing. Run: make build" >&2; exit 3; }
[ -d "$RCML_DEPS_DIR/playwright-core-1.65" ] || { echo "playwright-core is missing. Run: tools/setup.sh test" >&2; exit 3; }
exec timeout 900 node tests/web/page_test.mjs "$@"

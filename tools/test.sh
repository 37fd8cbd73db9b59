#!/usr/bin/env bash
# Runs the suites and prints one line for each; the last line is `N passed, N failed`. Logs: build/test-logs/.
#
#   tools/test.sh                    what `make test` runs
#   tools/test.sh GROUP...           lint, fast, test, faults (in full), long (faults and more), platform
#   tools/test.sh --list GROUP       the names
#   tools/test.sh --only e2e GROUP   those whose name starts so
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ $# -gt 0 ] || set -- test

parts=(build web lint test)
for argument in "$@"; do
  case $argument in
    fast) parts+=(s3 postgres) ;;
    test) parts+=(s3 postgres attacks) ;;
    faults) parts+=(s3 postgres kafka) ;;
    long) parts+=(s3 postgres kafka long attacks) ;;
    platform) parts+=(platform) ;;
  esac
done
tools/setup.sh "${parts[@]}"
exec "${XDG_CACHE_HOME:-$HOME/.cache}/rcml/deps/python-tools/bin/python" tools/testing/run.py "$@"

#!/usr/bin/env bash
# Suite unit: builds everything (release) and runs the test programs that sit beside their sources.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
tools/build.sh release all
exec ctest --preset release -V -j "$(nproc)" --no-tests=error

#!/usr/bin/env bash
# Suite generated: the committed copies of what the program prints are fresh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
tools/build.sh release rcml
exec tools/generate.sh --check

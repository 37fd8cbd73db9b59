#!/usr/bin/env bash
# What a drain costs as the number of the spool's segments grows: it should grow no faster. The aim: 20,000 segments in at
# most ten times the processor time of 2,000. Beside it, with OTHER=PROGRAM, another build on the same spools.
# Usage: bench/spool_segments.sh [PROGRAM] [SEGMENTS...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
program=$(realpath "${1:-build/rcml}")
shift || true
[ $# -gt 0 ] || set -- 2000 4000 20000 100000
python3 bench/spool_segments.py "$program${OTHER:+,$(realpath "$OTHER")}" "$@"

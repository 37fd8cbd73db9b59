#!/usr/bin/env bash
# What an hourly round costs as the lake's history grows: it should cost what is new. The aim: load and audit after 5,000 and
# 20,000 commits at most 1.3 times as much as after 100. Beside it, with OTHER=PROGRAM, another build on copies of the same
# lakes. Usage: bench/history.sh [PROGRAM] [COMMITS...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
program=$(realpath "${1:-build/rcml}")
shift || true
[ $# -gt 0 ] || set -- 100 1000 5000
python3 bench/history.py "$program${OTHER:+,$(realpath "$OTHER")}" "$@"

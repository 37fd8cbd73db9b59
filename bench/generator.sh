#!/usr/bin/env bash
# CPU seconds of `rcml generate` to /dev/null, per profile. Target: 2 M events a second of CPU time.
# Usage: bench/generator.sh [PROGRAM] [EVENTS]
set -euo pipefail
program=${1:-build/rcml}
events=${2:-5000000}
for profile in clean realistic hostile; do
  TIMEFORMAT='%U %S %R'
  times=$({ time "$program" generate --events "$events" --profile "$profile" --out - >/dev/null 2>&1; } 2>&1)
  awk -v p="$profile" -v n="$events" '{ printf "%-10s %.2f CPU s, %.2f s wall, %.2f M events/s per CPU s\n", p, $1 + $2, $3, n / ($1 + $2) / 1e6 }' <<<"$times"
done

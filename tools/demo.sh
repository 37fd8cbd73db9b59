#!/usr/bin/env bash
# `make demo`: the whole way of a million simulated clicks, then the live page until Ctrl-C.
#
#   SERVE=0          stop after the audit
#   EVENTS=5M        another size
#   DEMO_DIR=DIR     another folder than var/demo
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
arguments=()
[ "${SERVE:-1}" != 0 ] || arguments+=(--no-serve)
[ -z "${EVENTS:-}" ] || arguments+=(--events "$EVENTS")
[ -z "${DEMO_DIR:-}" ] || arguments+=(--dir "$DEMO_DIR")
exec build/rcml demo "${arguments[@]}"

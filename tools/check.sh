#!/usr/bin/env bash
# `make check`: what has to be green before a commit. Format, rules, build, fast tests.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/test.sh" lint fast

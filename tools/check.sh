#!/usr/bin/env bash
# `make check`: what has to be green before a commit. Format, rules (clang-tidy too), build, fast tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tools/setup.sh build web lint
tools/build.sh release rcml
tools/testing/lint.sh --tidy
exec tools/test.sh fast

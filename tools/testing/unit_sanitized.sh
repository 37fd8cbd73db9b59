#!/usr/bin/env bash
# Suite unit_sanitized: the same test programs under AddressSanitizer and UndefinedBehaviorSanitizer.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
RCML_JOBS=2 tools/build.sh dev unit_tests # More compilers at once than that need several GB each.
export ASAN_OPTIONS=${ASAN_OPTIONS:-strict_string_checks=1:detect_stack_use_after_return=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export LSAN_OPTIONS=${LSAN_OPTIONS:-suppressions=$PWD/tools/testing/leaks.txt:print_suppressions=0}
exec ctest --preset dev -V -j "$(nproc)" --no-tests=error --timeout 900

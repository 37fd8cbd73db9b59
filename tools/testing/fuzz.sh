#!/usr/bin/env bash
# Suite fuzz: 60 seconds (FUZZ_SECONDS) of libFuzzer on every fuzz target together. The inputs found so far are kept in
# the cache, so that each run begins where the last one ended; an input that breaks a target is left in
# build/test-logs and its path printed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
corpus="${XDG_CACHE_HOME:-$HOME/.cache}/rcml/fuzz"
mkdir -p build/test-logs
mapfile -t targets < <(find src -name '*_fuzz.cc' -printf '%f\n' | sed 's/\.cc$//' | sort)
[ ${#targets[@]} -gt 0 ] || { echo "fuzz: error: no *_fuzz.cc under src"; exit 1; }

cmake -S . -B build-fuzz -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_COMPILER=clang \
  -DCMAKE_CXX_COMPILER=clang++ -DRCML_FUZZ=ON -DRCML_TESTS=OFF
cmake --build build-fuzz -j "${RCML_JOBS:-2}" --target "${targets[@]}"

seconds=$((${FUZZ_SECONDS:-60} / ${#targets[@]}))
failed=0
for target in "${targets[@]}"; do
  program=$(find build-fuzz -type f -name "$target" -perm -u+x | head -n 1)
  mkdir -p "$corpus/$target"
  "$program" "$corpus/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
    -artifact_prefix="build/test-logs/$target-" -print_final_stats=1 || failed=$((failed + 1))
done
echo "$((${#targets[@]} - failed)) passed, $failed failed"
[ "$failed" = 0 ]

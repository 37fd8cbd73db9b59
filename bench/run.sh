#!/usr/bin/env bash
# Every benchmark, each beside its yardstick; prints tables. Nothing here is asserted: machines differ, ratios tell.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tools/build.sh release rcml bench_decode bench_parquet bench_spool bench_page
echo "== main job"
bench/main_job.sh build/rcml
echo "== generator"
bench/generator.sh build/rcml
for name in decode parquet spool; do
  echo "== $name"
  build/bench/bench_$name
done
echo "== segments of a spool"
bench/spool_segments.sh build/rcml
echo "== load into PostgreSQL"
bench/postgres_load.sh build/rcml
echo "== memory of a load"
bench/load_memory.sh build/rcml 1000000 5000000
echo "== page"
bench/page.sh build/rcml

#!/usr/bin/env bash
# The main job on this machine, step by step: wall and CPU seconds, peak memory, events per second, in one run.
# Beside the load stands what DuckDB alone needs for the same rows: reading the files and inserting them.
# Usage: bench/main_job.sh [PROGRAM] [EVENTS]
set -euo pipefail
program=${1:-build/rcml}
events=${2:-1000000}
python=${XDG_CACHE_HOME:-$HOME/.cache}/rcml/deps/python-tools/bin/python
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# measure NAME COMMAND...: one line of the table.
measure() {
  local name=$1
  shift
  "$python" - "$name" "$events" "$@" <<'PY'
import os, resource, subprocess, sys, time
name, events, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
began = time.monotonic()
done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
wall = time.monotonic() - began
used = resource.getrusage(resource.RUSAGE_CHILDREN)
if done.returncode:
    sys.exit(f"{name} failed:\n{done.stderr.decode()}")
cpu = used.ru_utime + used.ru_stime
print(f"{name:<34} {wall:7.2f} s wall {cpu:7.2f} s CPU {used.ru_maxrss / 1024:6.0f} MB {events / wall / 1e3:8.0f} k events/s "
      f"{events / cpu / 1e6:6.2f} M events per CPU s")
PY
}

measure "generate to stdout" "$program" generate --events "$events" --seed 1 --start 2026-01-01 --days 14 --out -
measure "generate to spool" "$program" generate --events "$events" --seed 1 --start 2026-01-01 --days 14 --profile realistic \
  --out "spool:$folder/spool" --truth "$folder/truth"
measure "stream: spool to lake" "$program" stream --from "spool:$folder/spool" --lake "$folder/lake" --drain
measure "load: lake to DuckDB" "$program" load --lake "$folder/lake" --warehouse "duckdb:$folder/clicks.duckdb"
measure "  yardstick: DuckDB's own insert" "$python" -c "
import duckdb
c = duckdb.connect('$folder/yardstick.duckdb')
c.execute('set threads=2; set preserve_insertion_order=false')
c.execute(\"create table t as select * from read_parquet('$folder/lake/bronze/clicks/dt=*/*.parquet', hive_partitioning=true)\")
c.close()"
measure "transform: dbt build and publish" "$program" transform --warehouse "duckdb:$folder/clicks.duckdb"
measure "audit with truth" "$program" audit --from "spool:$folder/spool" --lake "$folder/lake" --warehouse "duckdb:$folder/clicks.duckdb" --truth "$folder/truth"

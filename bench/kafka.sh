#!/usr/bin/env bash
# Kafka -> committed lake on the local disk, beside raw consume of the same topic by kcat, in one run on a private broker.
# The goal: at most 2.0 CPU seconds per million events and 300 MB.
# Usage: bench/kafka.sh [PROGRAM] [EVENTS] [PARTITIONS]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=${1:-build/rcml}
events=${2:-1000000}
partitions=${3:-4}
deps=${RCML_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/rcml/deps}
folder=$(mktemp -d)
trap '"$deps/python-tools/bin/python" "$here/../tools/services.py" stop --dir "$folder/services"; rm -rf "$folder"' EXIT

eval "$("$deps/python-tools/bin/python" "$here/../tools/services.py" start kafka --dir "$folder/services")"
topic="kafka://$KAFKA_BOOTSTRAP/clicks"

# measure NAME COMMAND...: one line of the table.
measure() {
  "$deps/python-tools/bin/python" - "$events" "$@" <<'PY'
import resource, subprocess, sys, time
events, name, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
began = time.monotonic()
done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
wall = time.monotonic() - began
used = resource.getrusage(resource.RUSAGE_CHILDREN)
if done.returncode:
    sys.exit(f"{name} failed:\n{done.stderr.decode()}")
cpu = used.ru_utime + used.ru_stime
print(f"{name:<34} {wall:7.2f} s wall {cpu / events * 1e6:6.2f} CPU s per million {used.ru_maxrss / 1024:6.0f} MB "
      f"{events / wall / 1e3:8.0f} k events/s")
PY
}

echo "$events events, $partitions partitions"
measure "generate to Kafka" "$program" generate --events "$events" --seed 1 --start "$(date -u -d '-10 days' +%F)" --days 7 \
  --out "$topic" --create-topic --partitions "$partitions"
measure "raw consume: kcat" kcat -C -b "$KAFKA_BOOTSTRAP" -t clicks -o beginning -e -q
measure "stream: Kafka to lake" "$program" stream --from "$topic" --lake "$folder/lake" --drain
measure "stream, one encoder" "$program" stream --from "$topic" --lake "$folder/lake1" --drain --encoders 1
measure "audit: every offset" "$program" audit --from "$topic" --lake "$folder/lake"

#!/usr/bin/env bash
# One Kafka topic into a lake by `rcml stream` and by the Spark job, in one run on a private broker: CPU of the whole
# process tree per million events. Spark once more with nothing to do tells what its start alone costs.
# Usage: bench/twin.sh [PROGRAM] [EVENTS] [PARTITIONS]      needs tools/setup.sh kafka spark
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

# measure NAME COMMAND...: one line of the table. Spark's workers are children of children, some never waited for: their
# CPU is read from /proc while they live.
measure() {
  "$deps/python-tools/bin/python" - "$events" "$@" <<'PY'
import os, pathlib, subprocess, sys, tempfile, time

events, name, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
ticks = os.sysconf("SC_CLK_TCK")
cpu, peak = {}, 0

def look(root):
    stats = {}
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        stats[int(path.parent.name)] = (int(fields[1]), int(fields[11]) + int(fields[12]), int(fields[21]))
    tree, grew = {root}, True
    while grew:
        more = {pid for pid, (parent, _, _) in stats.items() if parent in tree} - tree
        tree |= more
        grew = bool(more)
    for pid in tree & stats.keys():
        cpu[pid] = max(cpu.get(pid, 0), stats[pid][1])
    return sum(stats[pid][2] for pid in tree & stats.keys()) * os.sysconf("SC_PAGE_SIZE")

began = time.monotonic()
with tempfile.TemporaryFile() as said:
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
    while child.poll() is None:
        peak = max(peak, look(child.pid))
        time.sleep(0.05)
    if child.returncode:
        said.seek(0)
        sys.exit(f"{name} failed:\n{said.read().decode()[-3000:]}")
wall = time.monotonic() - began
seconds = sum(cpu.values()) / ticks
print(f"{name:<34} {wall:7.2f} s wall {seconds:7.2f} CPU s {seconds / events * 1e6:7.2f} CPU s per million"
      f" {peak / 2**20:6.0f} MB", flush=True)
PY
}

echo "$events events, $partitions partitions, $(nproc) cores"
"$program" generate --events "$events" --seed 1 --start "$(date -u -d '-10 days' +%F)" --days 7 --out "$topic" \
  --create-topic --partitions "$partitions" >/dev/null 2>&1
measure "rcml stream" "$program" stream --from "$topic" --lake "$folder/ours" --drain
measure "Spark" "$here/../spark/run.sh" --from "$topic" --lake "$folder/sparks" --drain
measure "Spark, nothing to do" "$here/../spark/run.sh" --from "$topic" --lake "$folder/sparks" --drain

#!/usr/bin/env bash
# `make live`: simulated shoppers in real time, all the way to the page, until Ctrl-C. Needs no server.
#
#   RATE=50/s        events per second
#   EVERY=1m         how often they are loaded and modelled for the overview; "Right now" needs neither
#   LIVE_DIR=DIR     another folder than var/live; what is in it goes on
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rcml=${RCML:-build/rcml}
dir=${LIVE_DIR:-var/live}
spool=spool:$dir/spool lake=$dir/lake warehouse=duckdb:$dir/clicks.duckdb
mkdir -p "$dir"

pids=()
stop() {
  trap - EXIT
  kill -TERM "${pids[@]}" 2>/dev/null || true
  wait
}
trap stop EXIT
trap 'exit 0' INT TERM

# In the background, with a log of its own; the page says when a part has ended.
begin() {
  "$rcml" "$@" >>"$dir/$1.log" 2>&1 </dev/null &
  pids+=($!)
  printf '$ rcml %s &   # log: %s\n' "$*" "$dir/$1.log"
}

begin generate --live --rate "${RATE:-50/s}" --out "$spool"
until [ -e "$dir/spool/spool.json" ]; do
  kill -0 "${pids[0]}" 2>/dev/null || {
    printf 'live: error: the generator ended. Read %s\n' "$dir/generate.log" >&2
    exit 3
  }
  sleep 0.1
done
# One second instead of ten: an event is on "Right now" within three seconds of its making.
begin stream --from "$spool" --lake "$lake" --flush-age-ms-max 1s
begin run --every "${EVERY:-1m}" --lake "$lake" --warehouse "$warehouse"
printf '$ rcml dashboard --warehouse %s --lake %s\n' "$warehouse" "$lake"
printf 'Open the page'"'"'s view "Right now"; the overview has numbers after the first run of dbt, within two minutes.\n'
"$rcml" dashboard --warehouse "$warehouse" --lake "$lake" "$@" &
pids+=($!)
wait "${pids[-1]}"

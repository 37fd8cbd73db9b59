#!/usr/bin/env bash
# Apache Airflow on loopback with the DAGs of dags/: scheduler, DAG processor and the page, nothing else.
#
#   tools/airflow.sh up       starts it (again: says where it is); the DAGs begin at once
#   tools/airflow.sh down     stops what `up` started, by pid; runs and their logs stay in var/airflow
#   tools/airflow.sh cli ...  Airflow's own command line in this set-up, e.g. cli dags list
#
# Which lake and warehouse: RCML_LAKE and RCML_WAREHOUSE, or .env; with neither, what `make demo` made. RCML_AIRFLOW_DIR
# is where its state goes (var/airflow), RCML_AIRFLOW_PORT where the page is (8081, or a free one).
set -euo pipefail
repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$repo"

die() {
  printf 'airflow: error: %s\nairflow: cure: %s\n' "$1" "$2" >&2
  exit 2
}

venv="${RCML_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/rcml/deps}/airflow-3"
state="${RCML_AIRFLOW_DIR:-$repo/var/airflow}"
mkdir -p "$state"
state=$(cd "$state" && pwd)
pids="$state/pids"
seconds_max=600

# has_setting NAME...: is one of them in the environment or in the settings file?
has_setting() {
  local name
  for name in "$@"; do
    [ -z "${!name:-}" ] || return 0
    grep -qsE "^[[:space:]]*(export[[:space:]]+)?$name=." "${RCML_ENV_FILE:-.env}" && return 0
  done
  return 1
}

choose_data() {
  has_setting RCML_LAKE S3_BUCKET && has_setting RCML_WAREHOUSE RS_HOST && return 0
  [ -d var/demo/lake ] || die "no lake and no warehouse are set" \
    "put RCML_LAKE and RCML_WAREHOUSE into .env (see .env.example), or run first: make demo SERVE=0"
  export RCML_LAKE="$repo/var/demo/lake" RCML_WAREHOUSE="duckdb:$repo/var/demo/clicks.duckdb"
  echo "airflow: nothing is set, so the demo's lake and warehouse are taken: var/demo" >&2
}

free_port() {
  "$venv/bin/python" -c 'import socket, sys
for port in (int(sys.argv[1]), 0):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        print(probe.getsockname()[1])
        break' "${RCML_AIRFLOW_PORT:-8081}"
}

# Once: the secrets that the three processes share.
make_secrets() {
  [ -f "$state/secrets" ] && return 0
  (
    umask 077
    for name in AIRFLOW__API__SECRET_KEY AIRFLOW__API_AUTH__JWT_SECRET; do
      printf 'export %s=%s\n' "$name" "$(head -c 32 /dev/urandom | base64 | tr -d '\n')"
    done >"$state/secrets"
  )
}

configure() {
  [ -x "$venv/bin/airflow" ] || die "Airflow is not installed in $venv" "run: tools/setup.sh airflow"
  make_secrets
  # shellcheck source=/dev/null
  . "$state/secrets"
  local port
  port=$(cat "$state/port" 2>/dev/null || true)
  export AIRFLOW_HOME="$state" AIRFLOW_CONFIG="$state/airflow.cfg"
  export AIRFLOW__CORE__DAGS_FOLDER="$repo/dags" AIRFLOW__CORE__LOAD_EXAMPLES=False
  export AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION=False
  export AIRFLOW__CORE__EXECUTOR=LocalExecutor AIRFLOW__CORE__PARALLELISM=4
  export AIRFLOW__CORE__EXECUTION_API_SERVER_URL="http://127.0.0.1:$port/execution/"
  export AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS=admin:admin
  export AIRFLOW__API__HOST=127.0.0.1 AIRFLOW__API__PORT="$port" AIRFLOW__API__WORKERS=1
  export AIRFLOW__API__BASE_URL="http://127.0.0.1:$port"
  export AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL="${AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL:-30}"
  export AIRFLOW__USAGE_DATA_COLLECTION__ENABLED=False
  export AIRFLOW__LOGGING__BASE_LOG_FOLDER="$state/logs"
  export RCML_HOME="${RCML_HOME:-$repo}"
}

# born PID: when it began, in clock ticks since boot; nothing when it ended (a zombie has). With the pid it names one
# process, as a pid alone may pass to another.
born() { sed -nE 's/^.*\) ([^Z] )/\1/p' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

is_running() { [ -n "$2" ] && [ "$(born "$1")" = "$2" ]; }

alive() {
  local name pid began
  [ -f "$pids" ] || return 1
  while read -r name pid began; do is_running "$pid" "$began" || return 1; done <"$pids"
}

# begin NAME COMMAND...: in a session of its own, so that its tasks can be stopped with it.
begin() {
  local name=$1
  shift
  setsid "$venv/bin/airflow" "$@" >>"$state/$name.log" 2>&1 </dev/null &
  echo "$name $! $(born $!)" >>"$pids"
}

# wait_for PART...: until Airflow's own health page calls them healthy.
wait_for() {
  local deadline=$((SECONDS + seconds_max)) url
  url="http://127.0.0.1:$(cat "$state/port")/api/v2/monitor/health"
  until "$venv/bin/python" -c 'import json, sys, urllib.request
try:
    health = json.load(urllib.request.urlopen(sys.argv[1], timeout=5))
except OSError:
    sys.exit(1)
sys.exit(any(health[part]["status"] != "healthy" for part in sys.argv[2:]))' "$url" "$@"; do
    if ! alive || [ "$SECONDS" -ge "$deadline" ]; then
      tail -n 15 "$state"/*.log >&2
      down
      die "Airflow did not become ready" "the logs are in $state/*.log; the ends of them are above"
    fi
    sleep 1
  done
}

say_where() {
  printf 'Airflow: http://127.0.0.1:%s  user admin, password %s\n' "$(cat "$state/port")" \
    "$(sed -nE 's/.*"admin": *"([^"]*)".*/\1/p' "$state/simple_auth_manager_passwords.json.generated")"
  printf 'Stop it: tools/airflow.sh down\n'
}

up() {
  [ -x "$venv/bin/airflow" ] || tools/setup.sh airflow
  if alive; then
    say_where
    return 0
  fi
  down
  choose_data
  free_port >"$state/port"
  configure
  "$venv/bin/airflow" db migrate >"$state/migrate.log" 2>&1 ||
    die "airflow db migrate failed: $(tail -n 3 "$state/migrate.log")" "remove $state and try again"
  begin api-server api-server
  begin dag-processor dag-processor
  # Tasks report to the API: one that starts before it answers fails.
  wait_for metadatabase
  begin scheduler scheduler --skip-serve-logs
  wait_for scheduler dag_processor
  say_where
}

down() {
  [ -f "$pids" ] || return 0
  local name pid began deadline=$((SECONDS + 30))
  while read -r name pid began; do
    if is_running "$pid" "$began"; then kill -TERM "$pid"; fi
  done < <(tac "$pids")
  while read -r name pid began; do
    while is_running "$pid" "$began"; do
      [ "$SECONDS" -lt "$deadline" ] || kill -KILL -- "-$pid" 2>/dev/null || true
      sleep 0.2
    done
  done <"$pids"
  rm -f "$pids"
}

case ${1:-} in
  up) up ;;
  down) down ;;
  cli)
    shift
    configure
    exec "$venv/bin/airflow" "$@"
    ;;
  *)
    sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 2
    ;;
esac

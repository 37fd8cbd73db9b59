#!/usr/bin/env bash
# Apache Superset with the dashboard "Clickstream Overview", on loopback, over the warehouse of the settings.
#
#   tools/superset.sh up              installed, imported, running; a second time: nothing to do
#   tools/superset.sh import          dashboards/superset/ over what is there, changes made in the browser included
#   tools/superset.sh export [DIR]    what the browser made of it back into dashboards/superset/ (or DIR)
#   tools/superset.sh down            stop it; the next `up` finds everything as it was
#
# Settings, from the environment or .env:
#   RCML_WAREHOUSE                  duckdb:FILE, postgres://…, redshift://… (without it, the demo's; RS_* names work too)
#   RCML_SUPERSET_PORT              8088; 0 takes any free one
#   RCML_SUPERSET_DIR               var/superset
#   RCML_SUPERSET_ADMIN_PASSWORD    without it one is made and shown once
#   RCML_SUPERSET_WORKERS           2 (about 300 MB each)
set -euo pipefail
repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
case ${1:-} in
  -h | --help)
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
    exit 0
    ;;
esac
[ "${1:-up}" = down ] || "$repo/tools/setup.sh" superset
python="${RCML_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/rcml/deps}/superset/bin/python"
[ -x "$python" ] || {
  printf 'superset: error: Superset is not installed. Run: tools/setup.sh superset\n' >&2
  exit 3
}
exec "$python" "$repo/tools/superset/main.py" "$@"

#!/usr/bin/env bash
# What the Superset container does: imports the dashboard of dashboards/superset over the warehouse of the settings, then
# serves it. SUPERSET_SECRET_KEY and SUPERSET_PASSWORD are the container's; the rest is as tools/superset.sh has it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=${SUPERSET_PYTHON:-/opt/superset/bin/python}

: "${SUPERSET_SECRET_KEY:?set SUPERSET_SECRET_KEY to at least 42 random characters (openssl rand -base64 42)}"
: "${SUPERSET_PASSWORD:?set SUPERSET_PASSWORD, the password of admin}"
export RCML_SUPERSET_DIR="${RCML_SUPERSET_DIR:-/superset}"
export RCML_SUPERSET_SECRET_KEY="$SUPERSET_SECRET_KEY" RCML_SUPERSET_ADMIN_PASSWORD="$SUPERSET_PASSWORD"
"$python" "$here/tools/superset/main.py" import

export RCML_SUPERSET_METADATA="$RCML_SUPERSET_DIR/metadata.db" PYTHONWARNINGS=ignore
export SUPERSET_CONFIG_PATH="$here/tools/superset/superset_config.py" FLASK_APP='superset.app:create_app()'
# Inside the container every address; outside only what the compose file publishes.
exec "$python" -m gunicorn 'superset.app:create_app()' --bind "${SUPERSET_BIND:-0.0.0.0:8088}" --workers 2 \
  --worker-class gthread --threads 8 --timeout 120

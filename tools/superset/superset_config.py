"""Superset's configuration for the dashboards of rcml: one machine, loopback, secrets from the environment.

tools/superset.sh sets the environment; nothing here is a secret.
"""

import os

from sqlalchemy import event
from sqlalchemy.engine import Engine

SECRET_KEY = os.environ["RCML_SUPERSET_SECRET_KEY"]
SQLALCHEMY_DATABASE_URI = f"sqlite:///{os.environ['RCML_SUPERSET_METADATA']}"
# Two workers share the metadata file: wait for each other instead of failing.
SQLALCHEMY_ENGINE_OPTIONS = {"connect_args": {"timeout": 30}}


@event.listens_for(Engine, "connect")
def _set_pragmas(connection, record):
    """Readers and a writer of the metadata side by side; one fsync per checkpoint instead of several per commit."""
    if type(connection).__module__.startswith("sqlite3"):
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")


# DuckDB is a file of this machine, which Superset refuses by default. Only administrators may add connections.
PREVENT_UNSAFE_DB_CONNECTIONS = False
AUTH_USER_REGISTRATION = False
WTF_CSRF_ENABLED = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
RATELIMIT_STORAGE_URI = "memory://"

# Nothing is asked of another host: no map tiles, no pixels that count installations.
TALISMAN_ENABLED = True
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "frame-ancestors": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,  # Loopback speaks plain HTTP.
    "session_cookie_secure": False,
}

# Light for everybody: on dark ground Superset writes the funnel's steps and the heatmap's scale illegibly.
THEME_DARK = None

# A chart's answer is read from the warehouse each time: the published copy may have been replaced meanwhile.
DATA_CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}
SUPERSET_WEBSERVER_TIMEOUT = 120
SQLLAB_TIMEOUT = 60
ROW_LIMIT = 10_000
SQL_MAX_ROW = 100_000
ENABLE_PROXY_FIX = False
APP_NAME = "rcml"
LOG_LEVEL = "WARNING"

"""The warehouse's URL as rcml writes it -> the one Superset wants, and how to open it. Pure.

DuckDB: the published copy beside the file, read-only, since nobody may read the file itself while the loader writes;
`rcml transform` replaces the copy by a rename, and every query opens it anew.
"""

import os
import re
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from assets import SCHEMA, Target

CURE = "Set RCML_WAREHOUSE to duckdb:FILE, postgres://USER:PW@HOST:PORT/DB or redshift://USER:PW@HOST:PORT/DB"


class WarehouseError(ValueError):
    """What is wrong with the warehouse's settings, and the cure; never holds a password."""


def target(settings: dict[str, str]) -> Target:
    """`settings` are the environment's names over those of .env."""
    url = settings.get("RCML_WAREHOUSE") or _redshift_url(settings)
    schema = settings.get("RCML_DBT_SCHEMA") or SCHEMA
    if not url:
        raise WarehouseError(f"no warehouse is given. {CURE}")
    scheme = url.split(":", 1)[0]
    if scheme == "duckdb":
        return _duckdb(url, schema)
    if scheme in ("postgres", "postgresql"):
        # A session that cannot write, whatever the role may do.
        options = {"options": "-c default_transaction_read_only=on -c timezone=UTC", "application_name": "superset"}
        return Target(_server("postgresql+psycopg2", url), {"connect_args": options}, schema)
    if scheme == "redshift":
        return Target(_server("redshift+psycopg2", url), {"connect_args": _redshift_tls(url, settings)}, schema)
    raise WarehouseError(f"the warehouse's URL begins with {scheme[:20]!r}, which is none of ours. {CURE}")


def duckdb_file(url: str) -> str:
    """The published copy that belongs to duckdb:FILE."""
    file = url.removeprefix("duckdb:")
    file = file[2:] if file.startswith("//") else file
    if not file or file == ":memory:":
        raise WarehouseError(f"the warehouse's URL names no file. {CURE}")
    return os.path.abspath(file.removesuffix(".duckdb") + ".published.duckdb")


def _duckdb(url: str, schema: str) -> Target:
    file = duckdb_file(url)
    if re.search(r"[?#%\s]", file):
        raise WarehouseError(f"Superset cannot open a path with spaces, ?, # or %: {file}. Move the file")
    # Of the machine's files only this one can be read: SQL Lab is for the marts.
    config = {"enable_external_access": "false", "memory_limit": "1GB", "threads": "2"}
    return Target(f"duckdb:///{file}", {"connect_args": {"read_only": True, "config": config}}, schema)


def _server(driver: str, url: str) -> str:
    """The same URL for SQLAlchemy, which wants user and password encoded and the database's name plain."""
    parts = urlsplit(url)
    name = unquote(parts.path.lstrip("/"))
    if not parts.hostname or not name:
        raise WarehouseError(f"the warehouse's URL names no {'database' if parts.hostname else 'host'}. {CURE}")
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        raise WarehouseError(f"the warehouse's port is no number. {CURE}") from None
    login = ""
    if parts.username:
        password = f":{quote(unquote(parts.password), safe='')}" if parts.password else ""
        login = f"{quote(unquote(parts.username), safe='')}{password}@"
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    query = f"?{parts.query}" if parts.query else ""
    return f"{driver}://{login}{host}{port}/{name}{query}"


def _redshift_url(settings: dict[str, str]) -> str:
    """The names of a classic .env, as rcml reads them."""
    if not settings.get("RS_HOST"):
        return ""
    user, password = settings.get("RS_USER", ""), settings.get("RS_PWD", "")
    login = quote(user, safe="") + (":" + quote(password, safe="") if password else "") + "@" if user else ""
    database = quote(settings.get("RS_DB") or "dev", safe="")
    return f"redshift://{login}{settings['RS_HOST']}:{settings.get('RS_PORT') or 5439}/{database}"


def _redshift_tls(url: str, settings: dict[str, str]) -> dict[str, str]:
    """Checked against the bundle that the driver's package carries, unless another one is named."""
    given = dict(parse_qsl(urlsplit(url).query))
    options = {"sslmode": given.get("sslmode") or settings.get("RS_SSLMODE") or "verify-full"}
    bundle = settings.get("RCML_WAREHOUSE_TLS_ROOT_FILE") or settings.get("RS_SSLROOTCERT")
    if bundle:
        options["sslrootcert"] = os.path.abspath(bundle)
    return options

"""tools/superset.sh: up, import, export, down. What is to be done is decided here; instance.py and server.py do it."""

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import assets
import connection
from server import Server, ServerError

REPO = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
ASSETS = REPO / "dashboards/superset"
DASHBOARD = "superset/dashboard/clickstream-overview/"


class UsageError(ValueError):
    """What was asked wrongly, and the cure."""


def main() -> int:
    try:
        state = State()
        command, *arguments = sys.argv[1:] or ["up"]
        commands = {"up": up, "import": import_, "export": export, "down": down, "template": template}
        if command not in commands:
            raise UsageError(f"there is no command {command!r}. Commands: up, import, export, down")
        with state.locked():
            return commands[command](state, arguments)
    except (UsageError, connection.WarehouseError, assets.AssetError) as error:
        print(f"superset: error: {error}", file=sys.stderr)
        return 2
    except ServerError as error:
        print(f"superset: error: {error}", file=sys.stderr)
        return 3


def say(text: str) -> None:
    print(f"superset: {text}", file=sys.stderr)


def settings() -> dict[str, str]:
    """The environment over .env, name by name, as rcml reads them."""
    from dotenv import dotenv_values

    file = Path(os.environ.get("RCML_ENV_FILE") or ".env")
    given = dotenv_values(file, interpolate=False) if file.exists() else {}
    return {**{name: value or "" for name, value in given.items()}, **{k: v for k, v in os.environ.items() if v}}


class State:
    """What one instance keeps between commands: metadata, key, log, and marks of what was done last."""

    def __init__(self):
        self.settings = settings()
        self.folder = Path(self.settings.get("RCML_SUPERSET_DIR") or REPO / "var/superset").resolve()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.metadata, self.key = self.folder / "metadata.db", self.folder / "secret_key"
        self.made_for, self.imported = self.folder / "made_for", self.folder / "imported"
        self.server = Server(self.folder)

    @contextlib.contextmanager
    def locked(self):
        with open(self.folder / "lock", "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("another command is at work here; waiting for it")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def environment(self) -> dict[str, str]:
        if not self.key.exists():
            self.key.touch(mode=0o600)
            self.key.write_text(self.settings.get("RCML_SUPERSET_SECRET_KEY") or secrets.token_urlsafe(42))
        return {
            **os.environ,
            "RCML_SUPERSET_SECRET_KEY": self.key.read_text(),
            "RCML_SUPERSET_METADATA": str(self.metadata),
            "SUPERSET_CONFIG_PATH": str(HERE / "superset_config.py"),
            "FLASK_APP": "superset.app:create_app()",
            "PYTHONWARNINGS": "ignore",
        }


def up(state: State, arguments: list[str]) -> int:
    _no_more(arguments)
    target = _target(state)
    password = _prepare(state, target, must_import=False)
    _start(state)
    print(f"\nDashboard:  {state.server.address()}{DASHBOARD}\nUser:       admin")
    if password:
        print(f"Password:   {password}   (shown this once; RCML_SUPERSET_ADMIN_PASSWORD=… sets another)")
    print("Stop it:    tools/superset.sh down", flush=True)
    return 0


def import_(state: State, arguments: list[str]) -> int:
    _no_more(arguments)
    password = _prepare(state, _target(state), must_import=True)
    if password:
        print(f"User: admin\nPassword: {password}   (shown this once; RCML_SUPERSET_ADMIN_PASSWORD=… sets another)")
    return 0


def export(state: State, arguments: list[str]) -> int:
    folder = Path(arguments.pop(0)) if arguments else ASSETS
    _no_more(arguments)
    if not state.metadata.exists():
        raise UsageError(f"there is no Superset in {state.folder}. Run: tools/superset.sh up")
    database = next(c for path, c in assets.read(ASSETS).items() if path.startswith("databases/"))
    say("reading the dashboards")
    result = _instance(state, "export", {"database_uuid": database["uuid"]})
    schema = state.settings.get("RCML_DBT_SCHEMA") or assets.SCHEMA
    folder.mkdir(parents=True, exist_ok=True)
    changes = assets.write(folder, assets.collapse(result["files"], schema))
    print("\n".join(changes) if changes else f"{folder}: nothing changed")
    return 0


def down(state: State, arguments: list[str]) -> int:
    _no_more(arguments)
    say("stopped" if state.server.stop() else "nothing runs here")
    return 0


def template(state: State, arguments: list[str]) -> int:
    """For tools/setup/superset.sh: metadata of an instance nobody used yet, so that the first `up` is quick."""
    file = Path(arguments.pop(0))
    _no_more(arguments)
    state.metadata = file
    _instance(state, "apply", {"must_upgrade": True, "admin_password": None, "bundle": None})
    return 0


def _no_more(arguments: list[str]) -> None:
    if arguments:
        raise UsageError(f"{arguments[0]!r} is one argument too many. See: tools/superset.sh --help")


def _target(state: State) -> assets.Target:
    """Where the numbers are. Without a warehouse in the settings: the demo's, made now if need be."""
    if not (state.settings.get("RCML_WAREHOUSE") or state.settings.get("RS_HOST")):
        state.settings["RCML_WAREHOUSE"] = f"duckdb:{REPO / 'var/demo/clicks.duckdb'}"
        say("no warehouse is set (RCML_WAREHOUSE): showing the demo's, var/demo/clicks.duckdb")
        if not Path(connection.duckdb_file(state.settings["RCML_WAREHOUSE"])).exists():
            _make_demo()
    target = connection.target(state.settings)
    url = state.settings.get("RCML_WAREHOUSE", "")
    if url.startswith("duckdb:") and not Path(connection.duckdb_file(url)).exists():
        file = connection.duckdb_file(url)
        raise connection.WarehouseError(f"nothing is published yet: {file} is missing. Run: rcml transform")
    return target


def _make_demo() -> None:
    rcml = os.environ.get("RCML") or str(REPO / "build/rcml")
    if not os.access(rcml, os.X_OK):
        raise UsageError(f"{rcml} is missing. Run: make build; or set RCML_WAREHOUSE to a warehouse that has marts")
    command = [os.path.abspath(rcml), "demo", "--no-serve", "--dir", str(REPO / "var/demo")]
    done = subprocess.run(command, stdout=sys.stderr, cwd=REPO)  # dbt's project is found from there.
    if done.returncode != 0:
        raise ServerError("the demo failed; its last lines say why. Run: make demo SERVE=0")


def _prepare(state: State, target: assets.Target, must_import: bool) -> str | None:
    """The instance as it should be; returns the administrator's password when it was generated just now."""
    bundle = assets.expand(assets.read(ASSETS), target)
    # Without the key nobody can guess the warehouse's password from the mark.
    wanted = hashlib.sha256((state.environment()["RCML_SUPERSET_SECRET_KEY"] + json.dumps(bundle)).encode()).hexdigest()
    made_for = hashlib.sha256((REPO / "tools/requirements/superset.txt").read_bytes()).hexdigest()
    is_first = not state.metadata.exists()
    if is_first:
        _copy_template(state, made_for)
    must_upgrade = _text(state.made_for) != made_for
    must_import = must_import or _text(state.imported) != wanted
    password = state.settings.get("RCML_SUPERSET_ADMIN_PASSWORD")
    generated = secrets.token_urlsafe(18) if not password and (is_first or not state.imported.exists()) else None
    if must_upgrade or must_import or password:
        if must_upgrade:
            say("making the metadata's tables and roles (a minute)")
        if must_import:
            say(f"importing {len(bundle) - 1} objects of {ASSETS.relative_to(REPO)}")
        job = {"must_upgrade": must_upgrade, "admin_password": password or generated,
               "bundle": bundle if must_import else None}  # fmt: skip
        _instance(state, "apply", job)
        state.made_for.write_text(made_for)
        state.imported.write_text(wanted)
    return generated


def _copy_template(state: State, made_for: str) -> None:
    deps = Path(os.environ.get("RCML_DEPS") or Path(sys.prefix).parent)
    prepared = deps / "superset-metadata" / "metadata.db"
    if prepared.exists() and _text(prepared.parent / "made_for") == made_for:
        fresh = state.metadata.with_suffix(".new")
        shutil.copyfile(prepared, fresh)
        fresh.chmod(0o600)
        fresh.rename(state.metadata)
        state.made_for.write_text(made_for)


def _text(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def _instance(state: State, action: str, job: dict) -> dict:
    """One start-up of Superset without its server. The job, which holds passwords, goes through a pipe."""
    log = state.server.log
    with open(log, "ab") as noise:
        done = subprocess.run(
            [sys.executable, str(HERE / "instance.py"), action],
            input=json.dumps(job).encode(),
            stdout=subprocess.PIPE,
            stderr=noise,
            env=state.environment(),
        )
    lines = done.stdout.decode().splitlines()
    result = json.loads(lines[-1]) if lines else {"error": f"Superset ended with {done.returncode}"}
    if "error" in result:
        raise ServerError(f"{result['error']}. The whole story: {log}")
    return result


def _start(state: State) -> None:
    if state.server.pid() is not None:
        if state.server.is_healthy():
            say("runs already")
            return
        state.server.stop()
    say("starting the server")
    environment = {**state.settings, **state.environment()}
    state.server.start(int(state.settings.get("RCML_SUPERSET_PORT") or 8088), environment)


if __name__ == "__main__":
    sys.exit(main())

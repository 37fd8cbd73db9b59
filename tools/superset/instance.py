"""What needs Superset itself: one process, one start-up (seconds), all that is to be done in it.

    instance.py apply  < job.json     {"must_upgrade": bool, "admin_password": text?, "bundle": {path: text}?}
    instance.py export < job.json     {"database_uuid": text}; prints {path: text}

Started by main.py with superset_config.py and its environment. Prints one line of JSON: the result, or {"error": text}.
"""

import json
import sys

ADMIN = "admin"


def main() -> int:
    action, job = sys.argv[1], json.load(sys.stdin)
    result_stream, sys.stdout = sys.stdout, sys.stderr  # Libraries print; the result stands alone.
    from superset.app import create_app

    with create_app().app_context():
        try:
            result = {"apply": apply, "export": export}[action](job)
        except Exception as error:  # noqa: BLE001  # Whatever it is, the caller shows it and names the log.
            import traceback

            traceback.print_exc()
            result = {"error": _text_of(error)}
    print(json.dumps(result), file=result_stream)
    return 1 if "error" in result else 0


def apply(job: dict) -> dict:
    if job["must_upgrade"]:
        upgrade()
    result = {"is_new_admin": set_admin(job["admin_password"])}
    if job["bundle"] is not None:
        result["imported"] = import_bundle(job["bundle"])
    return result


def upgrade() -> None:
    """The metadata's tables as this version wants them, and its roles."""
    import flask_migrate
    from superset import appbuilder, security_manager

    flask_migrate.upgrade()
    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()


def set_admin(password: str | None) -> bool:
    """True when the administrator was made just now. A password that is given is the administrator's from now on."""
    from superset import db, security_manager
    from werkzeug.security import check_password_hash

    admin = security_manager.find_user(username=ADMIN)
    if admin is None:
        if password is None:
            return False
        role = security_manager.find_role("Admin")
        security_manager.add_user(ADMIN, "rcml", "admin", "admin@localhost", role, password=password)
        return True
    if password is not None and not check_password_hash(admin.password, password):
        security_manager.reset_password(admin.id, password)
        db.session.commit()
    return False


def import_bundle(bundle: dict[str, str]) -> int:
    from superset import security_manager
    from superset.commands.importers.v1.assets import ImportAssetsCommand
    from superset.utils.core import override_user

    with override_user(security_manager.find_user(username=ADMIN)):
        ImportAssetsCommand(bundle).run()
    return len(bundle) - 1


def export(job: dict) -> dict:
    """Everything that stands on our connection: its datasets, their charts, the dashboards that show those."""
    from superset import db, security_manager
    from superset.commands.chart.export import ExportChartsCommand
    from superset.commands.dashboard.export import ExportDashboardsCommand
    from superset.commands.dataset.export import ExportDatasetsCommand
    from superset.connectors.sqla.models import SqlaTable
    from superset.models.core import Database
    from superset.models.slice import Slice
    from superset.utils.core import override_user

    database = db.session.query(Database).filter_by(uuid=job["database_uuid"]).one_or_none()
    if database is None:
        raise LookupError("this Superset holds none of our dashboards. Run: tools/superset.sh import")
    datasets = [row.id for row in db.session.query(SqlaTable).filter_by(database_id=database.id)]
    charts = db.session.query(Slice).filter(Slice.datasource_type == "table", Slice.datasource_id.in_(datasets)).all()
    dashboards = sorted({dashboard.id for chart in charts for dashboard in chart.dashboards})
    commands = ((ExportDatasetsCommand, datasets), (ExportChartsCommand, [c.id for c in charts]),
                (ExportDashboardsCommand, dashboards))  # fmt: skip
    files = {}
    with override_user(security_manager.find_user(username=ADMIN)):
        for command, ids in commands:
            if ids:
                files.update({path: content() for path, content in command(ids).run()})
    return {"files": files}


def _text_of(error: Exception) -> str:
    messages = getattr(error, "normalized_messages", None)
    return f"{type(error).__name__}: {error}" + (f" {messages()}" if messages else "")


if __name__ == "__main__":
    sys.exit(main())

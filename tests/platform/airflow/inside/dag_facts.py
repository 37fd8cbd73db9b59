"""Runs in Airflow's own Python, 2.11 or 3: imports the DAGs and prints what they are, as one JSON object.

Watches what the import does: top-level work in a DAG file is done again every few seconds, for ever.
"""

import datetime
import json
import os
import pathlib
import sys
import tempfile
import warnings

DAGS = pathlib.Path(__file__).resolve().parents[4] / "dags"
FORBIDDEN = (
    "socket.connect",
    "socket.getaddrinfo",
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.listdir",
    "sqlite3",
)
done_by_file: list[str] = []


def watch(event, arguments):
    """Notes what happens while a frame of the DAG file is on the stack and no import is at work beneath it."""
    is_write = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
    # What Airflow reads of its own installation meanwhile is not the file's doing.
    is_read = event == "open" and not str(arguments[0]).startswith((sys.prefix, sys.base_prefix, str(DAGS)))
    if not (is_write or is_read or event.startswith(FORBIDDEN)):
        return
    frame = sys._getframe(1)
    while frame is not None:
        if "importlib" in frame.f_code.co_filename and frame.f_code.co_name == "_find_and_load":
            return
        if frame.f_code.co_filename == str(DAGS / "clicks_redshift_dag.py"):
            done_by_file.append(f"{event} {arguments!r:.120} in line {frame.f_lineno}")
            return
        frame = frame.f_back


def next_starts(dag, count):
    """When the scheduler would start the first runs of a DAG that is unpaused now, by its own timetable."""
    from airflow.timetables.base import TimeRestriction

    timetable = dag.timetable
    if not hasattr(timetable, "next_dagrun_info"):  # Airflow 3 keeps the deciding half with the scheduler.
        from airflow.serialization.encoders import coerce_to_core_timetable

        timetable = coerce_to_core_timetable(timetable)
    import pendulum

    restriction = TimeRestriction(pendulum.instance(dag.start_date), None, dag.catchup)
    starts, last = [], None
    for _ in range(count):
        info = timetable.next_dagrun_info(last_automated_data_interval=last, restriction=restriction)
        starts.append(info.run_after.isoformat())
        last = info.data_interval
    return starts


def told_at_the_end(dag, reason):
    """What the DAG's own call-back tells RCML_ALERT_COMMAND when its run ends for `reason`, as the scheduler calls it."""
    with tempfile.NamedTemporaryFile("r") as alerts:
        os.environ["RCML_ALERT_COMMAND"] = f"tee -a {alerts.name}"
        dag.on_failure_callback({"dag": dag, "run_id": "a run", "reason": reason})
        return [json.loads(line) for line in alerts]


def facts_of(dag):
    return {
        "schedule": str(dag.timetable.summary) if hasattr(dag.timetable, "summary") else dag.timetable.expression,
        "order": [task.task_id for task in dag.topological_sort()],
        "downstream": {task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks},
        "words": {task.task_id: task.words for task in dag.tasks},
        "kinds": sorted({type(task).__name__ for task in dag.tasks}),
        "max_active_runs": dag.max_active_runs,
        "catchup": dag.catchup,
        "retries": {task.task_id: task.retries for task in dag.tasks},
        "at_once": {task.task_id: task.max_active_tis_per_dag for task in dag.tasks},
        "tells_failure": {task.task_id: bool(task.on_failure_callback) for task in dag.tasks},
        "tells_late": {task.task_id: bool(task.on_success_callback) for task in dag.tasks},
        "told": {reason: told_at_the_end(dag, reason) for reason in ("timed_out", "task_failure")},
        "has_timeout": bool(dag.dagrun_timeout),
        "starts": next_starts(dag, 2),
    }


def main():
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:
        from airflow.models.dagbag import DagBag
    from airflow.version import version

    caught = []
    sys.addaudithook(watch)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = lambda text, kind, file, *rest: caught.append(f"{file}: {kind.__name__}: {text}")
        bag = DagBag(str(DAGS))
    by_file = getattr(bag, "captured_warnings", {})
    facts = {
        "version": version,
        "now": datetime.datetime.now(datetime.UTC).isoformat(),
        "import_errors": bag.import_errors,
        "warnings": [*map(str, by_file.values()), *(text for text in caught if text.startswith(str(DAGS)))],
        "done_by_file": list(done_by_file),
        "dags": {dag_id: facts_of(dag) for dag_id, dag in bag.dags.items()},
    }
    pathlib.Path(sys.argv[1]).write_text(json.dumps(facts))


main()

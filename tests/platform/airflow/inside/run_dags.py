"""Runs in Airflow's own Python: one DAG run for each line of JSON on stdin, by the code behind `airflow dags test`.

    {"dag": "clicks_redshift", "at": "2026-03-01T13:00:00", "conf": {}, "env": {"RCML_BIN": "..."}, "answer": FILE}

FILE gets {"state": ..., "tasks": {ID: {"state": ..., "tries": ...}}}, by a rename. One process for all runs, as Airflow
needs ten seconds to start. Retries wait a second instead of five minutes.
"""

import datetime
import json
import os
import pathlib
import sys

DAGS = pathlib.Path(__file__).resolve().parents[4] / "dags"


def load_dags():
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:
        # The models of users too, which a run made before refers to.
        import airflow.providers.fab.auth_manager.models  # noqa: F401
        from airflow.models.dagbag import DagBag
    dags = DagBag(str(DAGS)).dags
    for dag in dags.values():
        for task in dag.tasks:
            task.retry_delay = datetime.timedelta(seconds=1)
            task.retry_exponential_backoff = False
    return dags


def run(dag, request):
    at = datetime.datetime.fromisoformat(request["at"]).replace(tzinfo=datetime.UTC)
    is_old = not hasattr(dag, "fileloc") or "airflow.models" in type(dag).__module__
    when = {"execution_date": at} if is_old else {"logical_date": at}
    done = dag.test(run_conf=request.get("conf"), **when)
    tasks = {task.task_id: {"state": task.state, "tries": task.try_number} for task in done.get_task_instances()}
    return {"state": done.state, "tasks": tasks}


def main():
    for line in sys.stdin:
        request = json.loads(line)
        # Anew for each run, as a worker does: a DAG object keeps the options of the run it was used for.
        dags = load_dags()
        kept = dict(os.environ)
        os.environ.update(request.get("env", {}))
        try:
            answer = run(dags[request["dag"]], request)
        except Exception as fault:
            answer = {"state": f"raised {type(fault).__name__}: {fault}", "tasks": {}}
        os.environ.clear()
        os.environ.update(kept)
        path = pathlib.Path(request["answer"])
        path.with_suffix(".tmp").write_text(json.dumps(answer))
        path.with_suffix(".tmp").rename(path)


main()

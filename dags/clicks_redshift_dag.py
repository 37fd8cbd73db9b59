"""The lake into the warehouse by the hour, and care of the lake by the day. Airflow 3 and 2.11.

    clicks_redshift    each hour   load -> dbt_build -> publish -> audit
    clicks_lake_care   each day    compact -> vacuum -> checkpoint

A task is one call of `rcml` (which calls dbt); nothing else happens here. The name says Redshift because that is the
warehouse this began with: DuckDB and PostgreSQL work the same, RCML_WAREHOUSE names yours.

Why a run has no window of time: `rcml load` asks the lake's log what is new, and the warehouse's ledger what it has. So
an hour run twice, a backfill, a retry after a kill and an event of 23:50 that lands at 00:07 need no rule of their own:
a run brings in whatever is missing, whichever date it belongs to. A schedule that was missed is made up for by the next
run, which is why `catchup` is off.

What the tasks take from the worker's environment, beside every setting of rcml (docs/operations/airflow.md):
    RCML_HOME            where `.env` and dags/clickstream are; by default the folder above this one
    RCML_BIN             the program; by default RCML_HOME/build/rcml, RCML_HOME/bin/rcml, then PATH
    RCML_ALERT_COMMAND   is run with one JSON object on stdin when a task failed for good or a run is late
    RCML_SLA_MINUTES     a run that took longer is told to RCML_ALERT_COMMAND; by default 60
"""

from __future__ import annotations

import datetime
import json
import os
import pathlib
import shlex
import shutil
import subprocess

import pendulum
from airflow.providers.common.compat.sdk import DAG, AirflowException, AirflowFailException, BaseOperator, Param
from airflow.providers.standard.hooks.subprocess import SubprocessHook

try:
    from airflow.sdk import CronDataIntervalTimetable
except ImportError:  # Airflow 2.11
    from airflow.timetables.interval import CronDataIntervalTimetable

# rcml's exit codes that trying again cannot mend: 2 a wrong setting, 4 data that needs a person.
NEEDS_PERSON = {2, 4}
ALERT_SECONDS_MAX = 30


def home() -> pathlib.Path:
    return pathlib.Path(os.environ.get("RCML_HOME") or pathlib.Path(__file__).resolve().parent.parent)


def program() -> str:
    named = os.environ.get("RCML_BIN")
    candidates = [named] if named else [str(home() / "build/rcml"), str(home() / "bin/rcml"), "rcml"]
    for candidate in candidates:
        if found := shutil.which(candidate):
            return found
    raise AirflowFailException(f"no program at {', '.join(candidates)}. Build it (make build) or set RCML_BIN")


class RcmlOperator(BaseOperator):
    """Runs `rcml` with `words`, without a shell. Empty words, such as an option nobody asked for, are left out."""

    template_fields = ("words",)
    ui_color = "#d8ecf3"

    def __init__(self, *, words: list[str], **kwargs) -> None:
        super().__init__(**kwargs)
        self.words = words
        self._hook: SubprocessHook | None = None

    def execute(self, context) -> None:
        command = [program(), *(word for word in self.words if word)]
        # A run that waits for another one's turn at the warehouse is no failure.
        environment = {"RCML_WAREHOUSE_LOCK_WAIT": "30m", **os.environ}
        self._hook = SubprocessHook()
        result = self._hook.run_command(command=command, env=environment, cwd=str(home()))
        if result.exit_code == 0:
            return
        fault = f"rcml {' '.join(command[1:])} ended with {result.exit_code}: {result.output}"
        raise AirflowFailException(fault) if result.exit_code in NEEDS_PERSON else AirflowException(fault)

    def on_kill(self) -> None:
        # rcml drains on SIGTERM: what it committed stays, the rest is the next run's.
        if self._hook is not None:
            self._hook.send_sigterm()


def tell(event: str, context, detail: str) -> None:
    """Hands one JSON object to RCML_ALERT_COMMAND. Its failure is printed and changes nothing: the task has ended."""
    command = os.environ.get("RCML_ALERT_COMMAND")
    if not command:
        return
    instance = context.get("task_instance")
    alert = {
        "event": event,
        "dag": context["dag"].dag_id,
        "task": getattr(instance, "task_id", None),
        "run": context.get("run_id") or getattr(context.get("dag_run"), "run_id", None),
        "attempt": getattr(instance, "try_number", None),
        "detail": detail,
        "log": getattr(instance, "log_url", None),
    }
    try:
        subprocess.run(
            shlex.split(command), input=json.dumps(alert) + "\n", text=True, timeout=ALERT_SECONDS_MAX, check=True
        )
    except (OSError, ValueError, subprocess.SubprocessError) as fault:
        print(f"RCML_ALERT_COMMAND failed: {fault}. The alert was: {alert}")


def tell_failure(context) -> None:
    tell("failed", context, str(context.get("exception") or ""))


def tell_timeout(context) -> None:
    # A failed task has told already; only the end of the run's time comes without one.
    if context.get("reason") == "timed_out":
        tell("timed_out", context, "the run took longer than dagrun_timeout and was stopped, which is safe")


def tell_when_late(context) -> None:
    minutes_max = float(os.environ.get("RCML_SLA_MINUTES") or 60)
    took = pendulum.now("UTC") - context["dag_run"].start_date
    if took > datetime.timedelta(minutes=minutes_max):
        tell("late", context, f"the run took {took.total_seconds() / 60:.1f} minutes, {minutes_max:g} are agreed")


DEFAULTS = {
    "owner": "rcml",
    "retries": 3,
    "retry_delay": datetime.timedelta(minutes=5),
    "retry_exponential_backoff": True,
    "max_retry_delay": datetime.timedelta(minutes=30),
    "execution_timeout": datetime.timedelta(hours=2),
    "on_failure_callback": tell_failure,
    # A backfill has a limit of its own for runs at once; two dbt builds of one warehouse must never meet.
    "max_active_tis_per_dag": 1,
}
COMMON = {
    "start_date": pendulum.datetime(2025, 1, 1, tz="UTC"),
    "catchup": False,
    "max_active_runs": 1,
    "default_args": DEFAULTS,
    "on_failure_callback": tell_timeout,
    "tags": ["rcml"],
    "doc_md": __doc__,
}
DATES = r"^(|all|\d{4}-\d\d-\d\d(\.\.\d{4}-\d\d-\d\d)?)$"

with DAG(
    dag_id="clicks_redshift",
    description="Lake -> warehouse -> marts -> readers, each hour; proved by an audit",
    schedule=CronDataIntervalTimetable("0 * * * *", timezone="UTC"),
    dagrun_timeout=datetime.timedelta(hours=6),
    params={
        "replace_dt": Param(
            "",
            type="string",
            pattern=DATES,
            title="Load these dates again",
            description="A date, FROM..TO, or all; one transaction per table. Empty: load what is new",
        ),
        "full_refresh": Param(
            False, type="boolean", title="Rebuild the models", description="Build incremental models from scratch"
        ),
    },
    **COMMON,
):
    load = RcmlOperator(
        task_id="load", words=["load", "{% if params.replace_dt %}--replace-dt={{ params.replace_dt }}{% endif %}"]
    )
    dbt_build = RcmlOperator(
        task_id="dbt_build",
        words=["transform", "--no-publish", "{% if params.full_refresh %}--full-refresh{% endif %}"],
    )
    publish = RcmlOperator(task_id="publish", words=["publish"])
    audit = RcmlOperator(task_id="audit", words=["audit", "--report", "auto"], on_success_callback=tell_when_late)
    load >> dbt_build >> publish >> audit

with DAG(
    dag_id="clicks_lake_care",
    description="Small files become large, dead files go, the log gets a checkpoint; safe beside streams and loads",
    schedule=CronDataIntervalTimetable("30 3 * * *", timezone="UTC"),
    dagrun_timeout=datetime.timedelta(hours=12),
    **COMMON,
):
    compact = RcmlOperator(task_id="compact", words=["lake", "compact"])
    vacuum = RcmlOperator(task_id="vacuum", words=["lake", "vacuum"])
    checkpoint = RcmlOperator(task_id="checkpoint", words=["lake", "checkpoint"])
    compact >> vacuum >> checkpoint

"""Airflow as the tests use it: a database of its own, and a process that runs DAGs one after the other."""

import json
import os
import pathlib
import subprocess
import time

from rcml_program import DEPS, RCML, REPO

INSIDE = pathlib.Path(__file__).parent / "inside"


class Airflow:
    """`major` is 3 or 2. Leaving the `with` ends the process."""

    def __init__(self, major, folder):
        self.bin = DEPS / f"airflow-{major}/bin"
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log = self.folder / "airflow.log"
        self.env = {
            **{name: text for name, text in os.environ.items() if not name.startswith(("RCML_LAKE", "RCML_WAREHOUSE"))},
            "AIRFLOW_HOME": str(self.folder),
            "AIRFLOW__CORE__DAGS_FOLDER": str(REPO / "dags"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            "RCML_BIN": RCML,
            "RCML_HOME": str(REPO),
            # A developer's .env must not name another lake than the test's.
            "RCML_ENV_FILE": os.devnull,
        }
        self.runner = None
        self.count = 0

    def __enter__(self):
        self.call("db", "migrate")
        return self

    def __exit__(self, *unused):
        if self.runner:
            self.runner.stdin.close()
            try:
                self.runner.wait(60)
            except subprocess.TimeoutExpired:
                self.runner.kill()
                self.runner.wait()

    def call(self, *words, env=None, seconds=600):
        """Airflow's own command line."""
        done = subprocess.run(
            [self.bin / "airflow", *words],
            env={**self.env, **(env or {})},
            capture_output=True,
            text=True,
            timeout=seconds,
        )
        assert done.returncode == 0, f"airflow {' '.join(words)}\n{done.stdout[-6000:]}{done.stderr[-6000:]}"
        return done.stdout + done.stderr

    def facts(self):
        answer = self.folder / "facts.json"
        done = subprocess.run(
            [self.bin / "python", INSIDE / "dag_facts.py", answer],
            env=self.env,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return json.loads(answer.read_text())

    def run_dag(self, dag, at, env=None, conf=None, seconds=600):
        """One run to its end: {"state": ..., "tasks": {...}}."""
        if self.runner is None:
            with open(self.log, "ab") as log:
                self.runner = subprocess.Popen(
                    [self.bin / "python", INSIDE / "run_dags.py"],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    env=self.env,
                    text=True,
                )
        self.count += 1
        answer = self.folder / f"answer-{self.count}.json"
        request = {"dag": dag, "at": at, "env": env or {}, "conf": conf or {}, "answer": str(answer)}
        self.runner.stdin.write(json.dumps(request) + "\n")
        self.runner.stdin.flush()
        deadline = time.monotonic() + seconds
        while not answer.exists():
            assert self.runner.poll() is None, f"the runner ended\n{self.tail()}"
            assert time.monotonic() < deadline, f"no end after {seconds} s\n{self.tail()}"
            time.sleep(0.1)
        return json.loads(answer.read_text())

    def tail(self):
        return self.log.read_text(errors="replace")[-6000:]

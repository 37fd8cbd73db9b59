"""An hour of the shop's day on either Airflow, and what must be true after it."""

import json
import re

from shop import DAY, check_counts


def passed(done, airflow):
    assert done["state"] == "success", f"{done}\n{airflow.tail()}"


def run_hour(airflow, shop, at, env=None, conf=None):
    return airflow.run_dag("clicks_redshift", at, env={**shop.env, **(env or {})}, conf=conf)


def report(when, counts):
    print(f"{when}: " + ", ".join(f"{name} {count}" for name, count in counts.items()))


def two_hours_by_dags_test(airflow, shop):
    """By `airflow dags test` itself, as a person would try it; more of the day has arrived before the second."""
    seen = []
    for hour in (13, 14):
        assert shop.arrive(until=f"{DAY}T{hour}:00") > 0
        output = airflow.call("dags", "test", "clicks_redshift", f"{DAY}T{hour}:00:00+00:00", env=shop.env)
        assert not re.search(r"state=failed|TaskInstanceState.FAILED", output), output[-4000:]
        counts = shop.counts()
        report(f"hour {hour}", counts)
        check_counts(shop, counts)
        seen.append(counts)
    assert seen[1]["raw"] > seen[0]["raw"]
    assert seen[1]["sessions"] > seen[0]["sessions"]
    assert json.loads((shop.root / "clicks.audit.json").read_text())["ok"] is True

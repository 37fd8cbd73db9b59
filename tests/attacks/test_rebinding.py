"""A web site with a rebound name, in a real browser: it reads nothing of the page and nothing of the metrics."""

import json
import os
import subprocess
from pathlib import Path

from rcml_program import DEPS

SECRETS = ("average_order_value", "sessions", "event_id", "rcml_", "# HELP", "<html")
SECONDS_MAX = 90


def attacked(*listeners):
    """What a site read of each, by port. One browser for all, as starting it takes longest."""
    assert (DEPS / "playwright-core-1.65").exists(), "playwright-core is missing. Run: tools/setup.sh test"
    script = str(Path(__file__).parent / "rebinding.mjs")
    done = subprocess.run(
        ["node", script, *(str(listener.address[1]) for listener in listeners)],
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        env={**os.environ, "RCML_DEPS": str(DEPS)},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_rebound_name_reads_nothing(page, metrics, case):
    with case.attack(page, metrics):
        seen = attacked(page, metrics)
    tries = [one for tried in seen.values() for one in tried]
    case.outcome = f"{len(tries)} tries: {sorted({one['status'] for one in tries})}"
    read = [one["name"] for one in tries if one["status"] == 200 or any(word in one["text"] for word in SECRETS)]
    assert not read, f"read by {read}"
    assert all(any(one["status"] for one in tried) for tried in seen.values()), "nothing reached a listener"

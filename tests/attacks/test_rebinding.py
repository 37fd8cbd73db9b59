"""A web site with a rebound name, in a real browser: it reads nothing of the page and nothing of the metrics."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from rcml_program import DEPS

SECRETS = ("average_order_value", "sessions", "event_id", "rcml_", "# HELP", "<html")
SECONDS_MAX = 60


@pytest.fixture(scope="session")
def browser():
    if not (DEPS / "playwright-core-1.65").exists():
        pytest.fail("playwright-core is missing. Run: tools/setup.sh test")


def test_a_rebound_name_reads_nothing(listener, browser, case):
    script = str(Path(__file__).parent / "rebinding.mjs")
    with case.attack(listener):
        done = subprocess.run(
            ["node", script, str(listener.address[1])],
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
            env={**os.environ, "RCML_DEPS": str(DEPS)},
        )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    case.outcome = f"{len(seen)} tries: {sorted({one['status'] for one in seen})}"
    read = [one["name"] for one in seen if one["status"] == 200 or any(word in one["text"] for word in SECRETS)]
    assert not read, f"read by {read}"
    assert any(one["status"] for one in seen), "nothing reached the listener"

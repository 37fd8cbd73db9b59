"""Thousands of bad clients at once: a person is served all the same, and the process ends when it is to end."""

import contextlib
import subprocess
import sys
import time
from pathlib import Path

import listeners
import pytest
import viewer
from extent import by_extent
from memory import open_sockets
from viewer import P95_MS_MAX, quick_p95
from wire import Client

COUNT = 2000
VISITS = by_extent(40, 300)
STAY_SECONDS = by_extent(2, 30)
KINDS = ("slow_head", "slow_reader", "idle")
CONNECTIONS_MAX = {"page": 512, "metrics": 64}
CROWDS = by_extent([KINDS], [KINDS, *((kind,) for kind in KINDS), ("hasty",)])
# The listening socket, and what the process holds that is no viewer's.
OWN_SOCKETS_MAX = 16


@contextlib.contextmanager
def crowd(listener, kinds):
    script = str(Path(__file__).parent / "crowd.py")
    words = [str(listener.address[1]), str(COUNT), viewer.BIG_TARGETS[listener.name]]
    path = {"PYTHONPATH": ":".join(sys.path)}
    members = [
        subprocess.Popen([sys.executable, script, kind, *words], stdout=subprocess.PIPE, text=True, env=path)
        for kind in kinds
    ]
    try:
        for member in members:
            assert member.stdout.readline().startswith("ready"), "a crowd did not come together"
        yield
    finally:
        for member in members:
            member.terminate()
            member.wait()
            member.stdout.close()


@pytest.fixture(params=["page", "metrics"])
def fresh(request, folder):
    """A listener of this test's own, as it is stopped under the crowd."""
    started = listeners.start_page(folder) if request.param == "page" else listeners.start_metrics(folder)
    viewer.warm_up(started)
    yield started
    started.stop()


@pytest.mark.parametrize("kinds", CROWDS, ids=["+".join(kinds) for kinds in CROWDS])
def test_a_crowd_holds_nobody_up(fresh, kinds, case):
    """The memory is measured from before the crowd comes."""
    with contextlib.ExitStack() as stack:
        with case.attack(fresh):
            stack.enter_context(crowd(fresh, kinds))
            page_ms = quick_p95(fresh, viewer.TARGETS[fresh.name], VISITS)
            health_ms = quick_p95(fresh, ["/healthz"], VISITS)
            time.sleep(STAY_SECONDS)
            sockets = open_sockets(fresh.pid)
        stopped = fresh.stop()
    case.outcome = f"p95 {page_ms:.0f} ms, /healthz {health_ms:.0f} ms, {sockets} sockets, stopped in {stopped:.1f} s"
    assert page_ms <= P95_MS_MAX, f"a viewer waits {page_ms:.0f} ms"
    assert health_ms <= P95_MS_MAX, f"/healthz takes {health_ms:.0f} ms"
    assert sockets <= CONNECTIONS_MAX[fresh.name] + OWN_SOCKETS_MAX, f"{sockets} sockets"
    assert stopped <= listeners.STOP_SECONDS_MAX, f"stopped in {stopped:.1f} s"


def test_the_longest_idle_is_shed(fresh, case):
    """More connections than are held: the first are gone, the newest are there."""
    most = CONNECTIONS_MAX[fresh.name]
    clients = []
    with case.attack(fresh):
        for _ in range(most + 20):
            clients.append(Client(fresh.address))
            assert clients[-1].ask("/healthz").status == 200
        time.sleep(0.3)
        is_open = [client.is_open() for client in clients]
    for client in clients:
        client.close()
    case.outcome = f"{is_open.count(False)} of {len(clients)} shed"
    assert is_open.count(True) <= most
    assert not any(is_open[:20]), "an older one was kept"
    assert all(is_open[-most // 2 :]), "a newer one was shed"


def test_it_stops_when_nobody_is_there(fresh, case):
    stopped = fresh.stop()
    case.outcome = f"stopped in {stopped:.1f} s"
    assert stopped <= listeners.STOP_SECONDS_MAX
    assert fresh.process.returncode == 0

"""A connection that is slow or does nothing is ended in time. All are watched side by side, as each takes seconds."""

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import listeners
import pytest
from extent import IS_LONG
from viewer import BIG_TARGETS
from wire import Exchange, connect, receive, request

HEAD_SECONDS_MAX = 5.0
IDLE_SECONDS = (5.0, 13.0)
TOLERANCE_SECONDS = 1.5
BODY_SECONDS_MAX = 15.0
WATCH_SECONDS = 18.0
STALL_SECONDS_MAX = 120.0
TOKEN = "0123456789abcdef0123456789abcdef"


def watch_end(connection, next_byte=None, every=1.0):
    """Seconds until the listener ends the connection, WATCH_SECONDS if it does not. A byte is sent `every` second."""
    began = sent = time.monotonic()
    connection.settimeout(0.05)
    found = Exchange()
    while not found.is_closed and time.monotonic() < began + WATCH_SECONDS:
        try:
            found.is_closed = not connection.recv(4096)
        except TimeoutError:
            pass
        except OSError:
            break
        if next_byte and time.monotonic() >= sent + every:
            sent = time.monotonic()
            connection.send(next_byte)
    return time.monotonic() - began


def after_an_answer(address):
    connection = connect(address)
    connection.sendall(request())
    receive(connection, Exchange())
    return connection


def dribbled_head(address):
    with connect(address) as connection:
        connection.send(request()[:-2] + b"X: ")
        return watch_end(connection, b"a")


def first_byte_alone(address):
    with connect(address) as connection:
        connection.send(b"G")
        return watch_end(connection)


def dribbled_second_head(address):
    with after_an_answer(address) as connection:
        connection.send(request()[:-2] + b"X: ")
        return watch_end(connection, b"a")


def dribbled_empty_lines(address):
    with connect(address) as connection:
        connection.send(b"\r\n")
        return watch_end(connection, b"\r\n")


def nothing_sent(address):
    with connect(address) as connection:
        return watch_end(connection)


def idle_after_an_answer(address):
    with after_an_answer(address) as connection:
        return watch_end(connection)


def head_in_three_seconds(address):
    """Slow, and within the limit: the status of the answer."""
    with connect(address) as connection:
        payload = request()
        for at in range(4):
            connection.send(payload[at * 10 : (at + 1) * 10 if at < 3 else None])
            time.sleep(1)
        connection.settimeout(3)
        return connection.recv(4096)[:15].decode()


def dribbled_login(address):
    head = request(
        "/login", "POST", headers=[("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", "1000")]
    )
    with connect(address) as connection:
        connection.send(head)
        return watch_end(connection, b"a")


def stalled_reader(address, target="/healthz", watch_seconds=WATCH_SECONDS):
    """It never reads. The end is not seen from here, as it stands behind unread answers: the kernel's table tells."""
    with connect(address, receive_bytes=2048) as connection:
        ends = connection.getpeername()[1], connection.getsockname()[1]
        began = time.monotonic()
        flood(connection, request(target))
        while is_held(*ends) and time.monotonic() < began + watch_seconds:
            time.sleep(0.1)
        return time.monotonic() - began


def flood(connection, payload):
    """Requests until the listener takes no more, at most 30,000."""
    connection.settimeout(0.5)
    with contextlib.suppress(OSError):
        for _ in range(300):
            connection.sendall(payload * 100)


def is_held(there, here):
    """Does a process still own the end at port `there`? One that was closed has inode 0, or no line any more."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ports = f":{there:04X}", f":{here:04X}"
    return any(row[1].endswith(ports[0]) and row[2].endswith(ports[1]) and row[9] != "0" for row in rows)


SLOW = [dribbled_head, first_byte_alone, dribbled_second_head, dribbled_empty_lines, nothing_sent]
SLOW += [idle_after_an_answer, head_in_three_seconds, stalled_reader]


@pytest.fixture(scope="module")
def seen(shared_page, shared_metrics, folder):
    """(listener, what was done): what was seen."""
    token_page = listeners.start_page(folder, env={"RCML_DASHBOARD_TOKEN": TOKEN})
    targets = [(slow, listener) for slow in SLOW for listener in (shared_page.get(), shared_metrics.get())]
    targets.append((dribbled_login, token_page))
    with ThreadPoolExecutor(len(targets)) as pool:
        waits = {(listener.name, slow.__name__): pool.submit(slow, listener.address) for slow, listener in targets}
    token_page.stop()
    return {key: wait.result() for key, wait in waits.items()}


@pytest.mark.parametrize(
    "slow", [dribbled_head, first_byte_alone, dribbled_second_head], ids=lambda slow: slow.__name__
)
def test_head_takes_five_seconds_at_most(listener, slow, seen, case):
    seconds = seen[listener.name, slow.__name__]
    case.outcome = f"ended after {seconds:.1f} s"
    assert seconds <= HEAD_SECONDS_MAX + TOLERANCE_SECONDS


@pytest.mark.parametrize("slow", [nothing_sent, idle_after_an_answer], ids=lambda slow: slow.__name__)
def test_idle_is_ended(listener, slow, seen, case):
    seconds = seen[listener.name, slow.__name__]
    case.outcome = f"ended after {seconds:.1f} s"
    assert seconds <= IDLE_SECONDS[1]
    assert seconds >= IDLE_SECONDS[0] or slow is nothing_sent


def test_empty_lines_prolong_nothing(listener, seen, case):
    seconds = seen[listener.name, dribbled_empty_lines.__name__]
    case.outcome = f"ended after {seconds:.1f} s"
    assert seconds <= IDLE_SECONDS[1]


def test_a_reader_that_stands_still_is_ended(listener, seen, case):
    seconds = seen[listener.name, stalled_reader.__name__]
    case.outcome = f"ended after {seconds:.1f} s"
    assert seconds <= IDLE_SECONDS[1]


def test_a_slow_head_within_the_limit_is_answered(listener, seen, case):
    case.outcome = seen[listener.name, head_in_three_seconds.__name__]
    assert case.outcome == "HTTP/1.1 200 OK"


def test_a_login_takes_seconds_at_most(seen, case):
    seconds = seen["page", dribbled_login.__name__]
    case.outcome = f"ended after {seconds:.1f} s"
    assert seconds <= BODY_SECONDS_MAX + TOLERANCE_SECONDS


@pytest.mark.skipif(not IS_LONG, reason="an answer of a megabyte may take more than a minute: with RCML_EXTENT=long")
def test_a_reader_of_much_that_stands_still_is_ended(page, case):
    with case.attack(page):
        seconds = stalled_reader(page.address, BIG_TARGETS["page"], STALL_SECONDS_MAX)
    case.outcome = f"ended after {seconds:.1f} s"
    assert seconds < STALL_SECONDS_MAX

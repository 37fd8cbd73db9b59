"""What is sent: whole bodies, as long as they say, in the order of the requests."""

import random
import re

import pytest
from extent import SEED, by_extent
from viewer import BIG_TARGETS, TARGETS
from wire import CLOSE_SECONDS, Client, ask, connect, converse, exchange, request

RANGES = ["bytes=0-0", "bytes=0-", "bytes=-1", "bytes=-1000000", "bytes=1000000-3000000", "bytes=1-0", "bytes=5-2"]
RANGES += ["bytes=0-0,2-3", "bytes=0-,0-,0-,0-", "bytes=18446744073709551615-", "bytes=-18446744073709551616"]
RANGES += ["bytes=0-9223372036854775807", "bytes=-0", "bytes=", "bytes=a-b", "items=0-5", "bytes=0-99,1000000-2000000"]
PIPELINED = 50


def form_of(body):
    """The numbers in a health report change with time."""
    return re.sub(rb"\d+", b"0", body)


@pytest.mark.parametrize("value", RANGES)
def test_a_range_is_ignored(listener, value, case):
    targets = [BIG_TARGETS["page"], "/api/kpis", "/healthz"] if listener.name == "page" else ["/healthz"]
    with case.attack(listener):
        for target in targets:
            whole = ask(listener.address, target)
            answer = ask(listener.address, target, headers=[("Range", value)])
            case.outcome = f"{target}: {answer.status}, {len(answer.body)} of {len(whole.body)} bytes"
            assert answer.status == 200, f"{answer.status}"
            assert form_of(answer.body) == form_of(whole.body), "another body"
            assert not answer.all("Accept-Ranges") and not answer.all("Content-Range"), "it speaks of ranges"


@pytest.mark.parametrize("value", ["bytes=0-0", "bytes=1000000-3000000"])
def test_a_range_of_metrics_is_ignored(metrics, value, case):
    """The numbers change, so only the form is compared."""
    with case.attack(metrics):
        answer = ask(metrics.address, "/metrics", headers=[("Range", value)])
    case.outcome = f"{answer.status}, {len(answer.body)} bytes"
    assert answer.status == 200
    assert answer.text.startswith("# HELP") and answer.text.endswith("\n")


def test_head_is_the_head_of_get(listener, case):
    for target in (*TARGETS[listener.name], "/healthz", "/nothing"):
        with case.attack(listener):
            whole, head = ask(listener.address, target), ask(listener.address, target, "HEAD")
        case.outcome = f"{target}: {head.status}, Content-Length {head.header('Content-Length')}"
        assert head.status == whole.status
        if listener.name == "page":  # The numbers of the other change.
            assert head.header("Content-Length") == str(len(whole.body))


def test_no_answer_is_for_other_sites(listener, case):
    with case.attack(listener):
        answers = [
            ask(listener.address, target, headers=[("Origin", "http://evil.test")]) for target in ("/healthz", "/")
        ]
    case.outcome = ", ".join(str(answer.status) for answer in answers)
    names = {name for answer in answers for name, _ in answer.headers}
    assert not {name for name in names if name.startswith("access-control-")}


def test_pipelined_requests_are_answered_in_order(listener, case):
    paths = [f"/nothing-{number}" if number % 3 else "/healthz" for number in range(PIPELINED)]
    with case.attack(listener):
        found = exchange(listener.address, b"".join(map(request, paths)))
    case.outcome = found.said()
    answers, rest = found.answers()
    assert not rest
    assert [answer.status for answer in answers] == [404 if "nothing" in path else 200 for path in paths]


def test_pipelined_panels_are_answered_in_order(page, case):
    paths = ["/api/kpis", "/style.css", "/api/devices", "/healthz", "/"] * (PIPELINED // 5)
    with case.attack(page):
        wanted = {path: ask(page.address, path).body for path in set(paths)}
        found = exchange(page.address, b"".join(map(request, paths)))
    case.outcome = found.said()
    answers, rest = found.answers()
    assert not rest
    assert [answer.body for answer in answers] == [wanted[path] for path in paths]


def test_nothing_is_answered_behind_a_fault(listener, case):
    good, bad = request(), request(headers=[("Content-Length", "1")])
    with case.attack(listener):
        found = exchange(listener.address, good * 3 + bad + good * 3, quiet_seconds=CLOSE_SECONDS)
    case.outcome = found.said()
    answers, rest = found.answers()
    assert not rest and found.is_closed
    assert [answer.status for answer in answers[:3]] == [200] * 3
    assert len(answers) == 4 and 400 <= answers[3].status < 500


def test_a_request_in_pieces_is_one_request(listener, case):
    """Cut at random places; two requests at once, so that a cut may also fall between them."""
    chance = random.Random(SEED)
    payload = request("/healthz") + request("/nothing")
    count = by_extent(20, 400)
    with case.attack(listener):
        for _ in range(count):
            cuts = sorted(chance.sample(range(1, len(payload)), 3))
            pieces = [payload[a:b] for a, b in zip([0, *cuts], [*cuts, len(payload)], strict=True)]
            with connect(listener.address) as connection:
                found = converse(connection, pieces, quiet_seconds=0.05)
            assert [answer.status for answer in found.answers()[0]] == [200, 404], f"cuts {cuts}: {found.said()}"
    case.outcome = f"{count} times 200, 404"


def test_a_connection_is_kept(listener, case):
    client = Client(listener.address)
    with case.attack(listener):
        statuses = {client.ask("/healthz").status for _ in range(1000)}
    client.close()
    case.outcome = f"1000 requests on one connection: {statuses}"
    assert statuses == {200}


def test_a_client_that_half_closes_is_answered(listener, case):
    with case.attack(listener), connect(listener.address) as connection:
        connection.sendall(request())
        connection.shutdown(1)
        found = converse(connection, b"")
    case.outcome = found.said()
    answers, rest = found.answers()
    assert ([answer.status for answer in answers], rest) == ([200], b"")

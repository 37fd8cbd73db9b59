"""One request, one answer: bytes of a body, or behind a faulty head, are never read as a further request."""

import pytest
from extent import by_extent
from forms import ENDED, NOT_CONTINUED, REFUSED, body_later, filled
from wire import CLOSE_SECONDS, QUIET_SECONDS, exchange, request

# What the hidden request asks for, and what stands only in its answer.
HIDDEN = {"page": ("/api/kpis", "average_order_value"), "metrics": ("/metrics", "rcml_")}
VERSION_REFUSED = 505


def is_refusal(status):
    return 400 <= status < 500 or status == VERSION_REFUSED


def form(listener, template):
    target, mark = HIDDEN[listener.name]
    return filled(template, request(target).decode()), mark


def at_once(payload):
    return payload


def byte_by_byte(payload):
    for at in range(len(payload)):
        yield payload[at : at + 1]


WAYS = by_extent([at_once, body_later], [at_once, body_later, byte_by_byte])


def send(listener, payload, case, closes=True):
    """What each way of sending the same bytes gave; the ways must not matter."""
    methods = [payload.split(b" ")[0].decode("latin-1")]
    quiet = CLOSE_SECONDS if closes else QUIET_SECONDS
    with case.attack(listener):
        found = [exchange(listener.address, way(payload), methods=methods, quiet_seconds=quiet) for way in WAYS]
    said = [one.said(methods) for one in found]
    case.outcome = said[0] if len(set(said)) == 1 else "; ".join(said)
    return [(*one.answers(methods), one) for one in found]


@pytest.mark.parametrize("template", REFUSED.values(), ids=REFUSED)
def test_refused_and_closed(listener, template, case):
    payload, mark = form(listener, template)
    for answers, rest, found in send(listener, payload, case):
        assert mark not in found.raw.decode(errors="replace"), "the hidden request was answered"
        assert len(answers) == 1, f"{len(answers)} answers"
        assert not rest, f"{len(rest)} bytes behind the answer"
        assert is_refusal(answers[0].status), f"{answers[0].status}"
        assert found.is_closed, "the connection was left open"


@pytest.mark.parametrize("template", ENDED.values(), ids=ENDED)
def test_ended_after_one_answer(listener, template, case):
    payload, mark = form(listener, template)
    for answers, rest, found in send(listener, payload, case):
        assert mark not in found.raw.decode(errors="replace"), "the hidden request was answered"
        assert len(answers) == 1, f"{len(answers)} answers"
        assert not rest, f"{len(rest)} bytes behind the answer"
        assert found.is_closed, "the connection was left open"


@pytest.mark.parametrize("template", NOT_CONTINUED.values(), ids=NOT_CONTINUED)
def test_not_continued(listener, template, case):
    payload, _ = form(listener, template)
    for answers, rest, _ in send(listener, payload, case, closes=False):
        assert [answer.status for answer in answers] in ([200], [400], [417]) and not rest


@pytest.mark.parametrize("before", [b"\r\n", b"\r\n\r\n", b"\n"], ids=["CRLF", "CRLF twice", "LF"])
def test_empty_lines_before_a_request(listener, before, case):
    """Robust readers skip one; then there is one answer all the same."""
    for answers, rest, found in send(listener, before + request(), case):
        assert len(answers) == 1 and not rest, f"{len(answers)} answers"
        assert answers[0].status == 200 or found.is_closed, "the connection was left open"

"""What is sent to fill the memory. The bound on the growth is the one of every attack (memory.py)."""

import functools
import gzip
import itertools

import pytest
from extent import by_extent
from viewer import BIG_TARGETS
from wire import CLOSE_SECONDS, connect, converse, exchange, request

MIB = 1 << 20
BODY_BYTES = 300 * MIB
LINE_BYTES = by_extent(64, 300) * MIB
PIECE = b"a" * (1 << 16)
BOMB_BYTES = by_extent(100, 400) * MIB
READERS = 100


def pieces(head, total, piece=PIECE):
    """The head, then as much as `total` bytes, for as long as the listener takes them."""
    if head:
        yield head
    yield from itertools.repeat(piece, total // len(piece))


def chunk(data):
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def post(*headers, target="/healthz"):
    return request(target, "POST", headers=headers)


BODIES = {
    "POST": lambda: pieces(post(("Content-Length", BODY_BYTES)), BODY_BYTES),
    "POST, text/plain": lambda: pieces(
        post(("Content-Type", "text/plain"), ("Content-Length", BODY_BYTES)), BODY_BYTES
    ),
    "POST, form": lambda: pieces(
        post(("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", BODY_BYTES), target="/login"),
        BODY_BYTES,
    ),
    "POST, chunked": lambda: pieces(post(("Transfer-Encoding", "chunked")), BODY_BYTES, chunk(PIECE)),
    "POST, one chunk": lambda: pieces(post(("Transfer-Encoding", "chunked")) + b"12c00000\r\n", BODY_BYTES),
    "POST, a byte in each chunk": lambda: pieces(post(("Transfer-Encoding", "chunked")), 8 * MIB, chunk(b"a") * 1000),
    "POST, endless chunk extension": lambda: pieces(post(("Transfer-Encoding", "chunked")) + b"1;", LINE_BYTES),
    "POST, to /metrics": lambda: pieces(post(("Content-Length", BODY_BYTES), target="/metrics"), BODY_BYTES),
    "GET": lambda: pieces(request(headers=[("Content-Length", BODY_BYTES)]), BODY_BYTES),
    "POST, gzip bomb": lambda: bomb(),
}
HEADS = {
    "20,000 headers": lambda: [
        request()[:-2] + b"".join(b"X-%d: %s\r\n" % (number, b"v" * 40) for number in range(20_000)) + b"\r\n"
    ],
    "endless header line": lambda: pieces(request()[:-2] + b"X: ", LINE_BYTES),
    "endless header name": lambda: pieces(request()[:-2], LINE_BYTES),
    "endless target": lambda: pieces(b"GET /", LINE_BYTES),
    "endless method": lambda: pieces(b"", LINE_BYTES),
    "endless headers": lambda: pieces(request()[:-2], LINE_BYTES, b"A: b\r\n" * 10_000),
    "endless empty lines": lambda: pieces(b"", LINE_BYTES, b"\r\n" * 10_000),
}


@functools.cache
def packed_bomb():
    return gzip.compress(bytes(BOMB_BYTES), 6)


def bomb():
    packed = packed_bomb()
    headers = [("Content-Encoding", "gzip"), ("Content-Type", "text/plain"), ("Content-Length", len(packed))]
    return [post(*headers) + packed]


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_body_is_not_kept(listener, body, case):
    """The answer may be lost to a reset, as the listener reads no more."""
    with case.attack(listener):
        found = exchange(listener.address, body(), seconds=20, quiet_seconds=CLOSE_SECONDS)
    case.outcome = f"{found.said()}, {found.sent / MIB:.1f} MiB sent"
    answers, rest = found.answers()
    assert len(answers) <= 1 and not rest
    assert found.is_closed, "the connection was left open"
    assert all(400 <= answer.status < 500 for answer in answers), f"{answers[0].status}"


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_head_is_not_kept(listener, head, case):
    with case.attack(listener):
        found = exchange(listener.address, head(), seconds=20, quiet_seconds=CLOSE_SECONDS)
    case.outcome = f"{found.said()}, {found.sent / MIB:.1f} MiB sent"
    answers, rest = found.answers()
    assert len(answers) <= 1 and not rest
    assert found.is_closed, "the connection was left open"
    assert all(400 <= answer.status < 500 for answer in answers), f"{answers[0].status}"


@pytest.mark.parametrize("count", [10_000])
def test_pipelined_requests_are_not_kept(listener, count, case):
    """All of them are sent before the first answer is read, as far as the listener takes them."""
    payload = request("/nothing") * count
    with case.attack(listener), connect(listener.address) as connection:
        connection.settimeout(1)
        try:
            connection.sendall(payload)
        except OSError:
            case.outcome = "no more taken. "
        found = converse(connection, b"", seconds=20)
    answers, rest = found.answers()
    case.outcome += f"{len(answers)} answers"
    assert {answer.status for answer in answers} == {404} and (not rest or found.is_closed)


def test_unread_answers_are_not_kept(listener, case):
    """Readers that ask for a megabyte and read nothing, each ten times."""
    with case.attack(listener):
        readers = [connect(listener.address, receive_bytes=2048) for _ in range(by_extent(READERS, 5 * READERS))]
        for reader in readers:
            reader.sendall(request(BIG_TARGETS[listener.name]) * 10)
        found = exchange(listener.address, request(), quiet_seconds=0.2)
        for reader in readers:
            reader.close()
    case.outcome = f"{len(readers)} readers; another client: {found.said()}"
    assert [answer.status for answer in found.answers()[0]] == [200]

"""Bytes to a listener and what comes back, without an HTTP library: one that repairs what it reads would hide faults.

An address is (host, port), (host, port, the client's own host), or a path for a Unix socket.
"""

import contextlib
import re
import select
import socket
import time
from dataclasses import dataclass, field

READ_BYTES = 1 << 16
HEAD_END = b"\r\n\r\n"
QUIET_SECONDS = 0.1
CLOSE_SECONDS = 2.0  # For a listener that is to close after its answer.
STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d{3}) ?([^\r\n]*)")
HEADER_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+): *([^\r\n\x00]*?) *")


@dataclass
class Answer:
    status: int
    headers: list = field(default_factory=list)
    body: bytes = b""

    def header(self, name, default=""):
        return next((value for key, value in self.headers if key == name.lower()), default)

    def all(self, name):
        return [value for key, value in self.headers if key == name.lower()]

    @property
    def text(self):
        return self.body.decode(errors="replace")


@dataclass
class Exchange:
    """What one connection gave. `is_closed`: the listener ended it, politely or by a reset."""

    raw: bytes = b""
    sent: int = 0
    is_closed: bool = False
    seconds: float = 0.0

    def answers(self, methods=()):
        return read_answers(self.raw, methods)

    def said(self, methods=()):
        """In words, for the table."""
        answers, rest = self.answers(methods)
        words = [str(answer.status) for answer in answers] or ["no answer"]
        if len(words) > 6:
            words = [f"{len(words)} answers: {words[0]} to {words[-1]}"]
        if rest:
            words.append(f"{len(rest)} bytes that are no answer")
        words.append("closed" if self.is_closed else "left open")
        return ", ".join(words)


def read_answers(raw, methods=()):
    """(whole answers, the bytes after them). `methods`: what was asked, in order; GET where it does not say."""
    answers, at = [], 0
    while at < len(raw):
        method = methods[len(answers)] if len(answers) < len(methods) else "GET"
        found = read_answer(raw, method, at)
        if found is None:
            break
        answer, at = found
        answers.append(answer)
    return answers, raw[at:]


def read_answer(raw, method, at=0):
    """(answer, where it ends), or None when no whole answer of correct form begins at `at`."""
    end = raw.find(HEAD_END, at)
    lines = raw[at:end].split(b"\r\n")
    status_line = STATUS_LINE.fullmatch(lines[0])
    headers = [HEADER_LINE.fullmatch(line) for line in lines[1:]]
    if end < 0 or not status_line or None in headers:
        return None
    answer = Answer(int(status_line[1]), [(found[1].decode().lower(), found[2].decode("latin-1")) for found in headers])
    begin, length = end + len(HEAD_END), body_bytes(answer, method)
    if length is None or len(raw) < begin + length:
        return None
    answer.body = bytes(raw[begin : begin + length])
    return answer, begin + length


def body_bytes(answer, method):
    """How long the body has to be; None when the head does not say it exactly once."""
    if method == "HEAD" or answer.status in (204, 304) or answer.status < 200:
        return 0
    lengths = answer.all("Content-Length")
    if len(lengths) != 1 or not lengths[0].isdigit() or answer.all("Transfer-Encoding"):
        return None
    return int(lengths[0])


def connect(address, seconds=5.0, receive_bytes=0):
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    if receive_bytes:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    connection.settimeout(seconds)
    if family == socket.AF_INET and len(address) == 3:
        connection.bind((address[2], 0))
    connection.connect(address if isinstance(address, str) else address[:2])
    if family == socket.AF_INET:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def exchange(address, payload, seconds=7.0, **patience):
    """Sends `payload` (bytes, or pieces of bytes) while it reads, until the listener closes, `seconds` are over, or
    nothing comes any more: `first_seconds` for the first byte, `quiet_seconds` after a whole answer to `methods`."""
    with connect(address) as connection:
        return converse(connection, payload, seconds, **patience)


def converse(connection, payload, seconds=7.0, first_seconds=None, quiet_seconds=QUIET_SECONDS, methods=()):
    pieces = iter([payload] if isinstance(payload, bytes) else payload)
    connection.setblocking(False)
    result = Exchange()
    began = time.monotonic()
    pending = next(pieces, b"")
    while (now := time.monotonic()) < began + seconds and not result.is_closed:
        patience = quiet_seconds if result.raw else first_seconds or seconds
        patience = min(seconds if pending else patience, began + seconds - now)
        readable, writable, _ = select.select([connection], [connection] if pending else [], [], patience)
        if not readable and not writable and not result.answers(methods)[1]:
            break
        if readable:
            receive(connection, result)
        if writable and not result.is_closed:
            pending = send_some(connection, pending, result) or next(pieces, b"")
    result.seconds = time.monotonic() - began
    return result


def receive(connection, result):
    try:
        data = connection.recv(READ_BYTES)
        result.raw += data
        result.is_closed = not data
    except BlockingIOError:
        pass
    except OSError:
        result.is_closed = True


def send_some(connection, data, result):
    """What is left of `data`."""
    try:
        count = connection.send(data)
    except BlockingIOError:
        return data
    except OSError:
        # The listener takes no more; its answer may still be there to be read.
        return b""
    result.sent += count
    return data[count:]


def request(target="/healthz", method="GET", host="localhost", headers=(), version="HTTP/1.1"):
    lines = [f"{method} {target} {version}"]
    lines += [f"Host: {host}"] if host is not None else []
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def ask(address, target="/", method="GET", seconds=10.0, **parts):
    """One request on a new connection; the one answer, or an AssertionError or OSError when there is none."""
    client = Client(address, seconds)
    try:
        answer = client.ask(target, method, **parts)
        assert not client.raw, f"{len(client.raw)} bytes behind the answer"
        return answer
    finally:
        client.close()


class Client:
    """A well-behaved client that keeps its connection."""

    def __init__(self, address, seconds=5.0):
        self.seconds = seconds
        self.connection = connect(address, seconds)
        self.raw = b""

    def ask(self, target="/", method="GET", body=b"", **parts):
        deadline = time.monotonic() + self.seconds
        self.connection.sendall(request(target, method, **parts) + body)
        while (found := read_answer(self.raw, method)) is None:
            self.connection.settimeout(max(0.001, deadline - time.monotonic()))
            data = self.connection.recv(READ_BYTES)
            assert data, f"{target}: the connection was closed after {len(self.raw)} bytes that are no whole answer"
            self.raw += data
        answer, end = found
        self.raw = self.raw[end:]
        return answer

    def is_open(self):
        """Nothing to be read and no end: an idle connection that the listener has kept."""
        self.connection.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            try:
                return bool(self.connection.recv(1, socket.MSG_PEEK))
            except ConnectionError:
                return False
        return True

    def close(self):
        self.connection.close()

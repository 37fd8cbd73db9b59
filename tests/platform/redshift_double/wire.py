"""wire.py: PostgreSQL's wire protocol, version 3, as far as a middleman needs it."""

import select
import socket
import ssl
import struct

SSL_REQUEST, GSS_REQUEST, CANCEL_REQUEST, VERSION_3 = 80877103, 80877104, 80877102, 196608


class GoneError(Exception):
    """The other side closed the connection."""


class Stream:
    """One side of a connection: whole messages in, whole messages out."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = bytearray()

    def send(self, data):
        try:
            self.sock.sendall(data)
        except OSError as error:
            raise GoneError from error

    def receive_more(self):
        try:
            data = self.sock.recv(1 << 16)
        except OSError as error:
            raise GoneError from error
        if not data:
            raise GoneError
        self.buffer += data

    def exactly(self, count):
        while len(self.buffer) < count:
            self.receive_more()
        data = bytes(self.buffer[:count])
        del self.buffer[:count]
        return data

    def next_message(self):
        """(type, body) that is here whole already, or None."""
        if len(self.buffer) < 5:
            return None
        length = struct.unpack_from("!I", self.buffer, 1)[0]
        if len(self.buffer) < length + 1:
            return None
        whole = self.exactly(length + 1)
        return whole[:1], whole[5:]

    def message(self):
        while (found := self.next_message()) is None:
            self.receive_more()
        return found

    def has_unread(self):
        return isinstance(self.sock, ssl.SSLSocket) and self.sock.pending() > 0

    def close(self):
        self.sock.close()


def wait_readable(streams):
    ready = [stream for stream in streams if stream.has_unread()]
    if ready:
        return ready
    sockets = {stream.sock: stream for stream in streams}
    return [sockets[sock] for sock in select.select(list(sockets), [], [])[0]]


def message(kind, body=b""):
    return kind + struct.pack("!I", len(body) + 4) + body


def text(value):
    return value.encode() + b"\0"


def query(sql):
    return message(b"Q", text(sql))


def fields_of(body):
    """An ErrorResponse's fields by their letter."""
    return {part[:1].decode(): part[1:].decode(errors="replace") for part in body.rstrip(b"\0").split(b"\0") if part}


def error(fields, kind=b"E"):
    return message(kind, b"".join(key.encode() + text(value) for key, value in fields.items()) + b"\0")


def startup(parameters):
    body = b"".join(text(key) + text(value) for key, value in parameters.items()) + b"\0"
    return struct.pack("!II", len(body) + 8, VERSION_3) + body


def read_startup(stream):
    """(code, body) of the first, untyped message."""
    length, code = struct.unpack("!II", stream.exactly(8))
    return code, stream.exactly(length - 8)


def connect(port):
    sock = socket.create_connection(("127.0.0.1", port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Stream(sock)


def data_row_values(body):
    count = struct.unpack_from("!H", body)[0]
    at, values = 2, []
    for _ in range(count):
        length = struct.unpack_from("!i", body, at)[0]
        at += 4
        values.append(None if length < 0 else body[at : at + length].decode())
        at += max(length, 0)
    return values

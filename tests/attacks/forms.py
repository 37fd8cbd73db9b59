"""Requests that two readers could read differently, each with a second request hidden behind it or inside its body.

In the templates INNER stands for the hidden request, LEN for its length in bytes, HEX for the same as a chunk's size,
HEAD for the first two lines of a plain request. A reader that answers the hidden request can be made to answer a person
behind the same proxy, or a web site, with something that was never asked for.
"""

import time

PAUSE_SECONDS = 0.02
HEAD = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"
LAST_CHUNK = "0\r\n\r\n"

# One answer, 4xx, and the connection is closed.
REFUSED = {
    # A body where none is taken.
    "body on GET": "{HEAD}Content-Length: {LEN}\r\n\r\n{INNER}",
    "body on HEAD": "HEAD /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: {LEN}\r\n\r\n{INNER}",
    "body on POST": "POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: {LEN}\r\n\r\n{INNER}",
    "body on POST, text/plain": "POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: {LEN}\r\n\r\n{INNER}",
    "body in chunks": "{HEAD}{CHUNKED}\r\n{HEX}\r\n{INNER}\r\n{LAST_CHUNK}",
    # CL.CL
    "CL.CL, different": "{HEAD}Content-Length: 0\r\nContent-Length: {LEN}\r\n\r\n{INNER}",
    "CL.CL, different, other order": "{HEAD}Content-Length: {LEN}\r\nContent-Length: 0\r\n\r\n{INNER}",
    "CL.CL, both zero": "{HEAD}Content-Length: 0\r\nContent-Length: 0\r\n\r\n{INNER}",
    "CL.CL, equal": "{HEAD}Content-Length: {LEN}\r\nContent-Length: {LEN}\r\n\r\n{INNER}",
    "CL.CL, letter case": "{HEAD}content-length: 0\r\nCONTENT-LENGTH: 0\r\n\r\n{INNER}",
    "CL, comma list of zeros": "{HEAD}Content-Length: 0, 0\r\n\r\n{INNER}",
    "CL, comma list": "{HEAD}Content-Length: 0, {LEN}\r\n\r\n{INNER}",
    # A length that is none.
    "CL, plus sign": "{HEAD}Content-Length: +{LEN}\r\n\r\n{INNER}",
    "CL, plus zero": "{HEAD}Content-Length: +0\r\n\r\n{INNER}",
    "CL, minus zero": "{HEAD}Content-Length: -0\r\n\r\n{INNER}",
    "CL, minus one": "{HEAD}Content-Length: -1\r\n\r\n{INNER}",
    "CL, leading zeros": "{HEAD}Content-Length: 000{LEN}\r\n\r\n{INNER}",
    "CL, spaces inside": "{HEAD}Content-Length: 0 0\r\n\r\n{INNER}",
    "CL, spaces around": "{HEAD}Content-Length:   {LEN}   \r\n\r\n{INNER}",
    "CL, hexadecimal": "{HEAD}Content-Length: 0x0\r\n\r\n{INNER}",
    "CL, empty": "{HEAD}Content-Length:\r\n\r\n{INNER}",
    "CL, letters": "{HEAD}Content-Length: 0a\r\n\r\n{INNER}",
    "CL, 2 to the 64th": "{HEAD}Content-Length: 18446744073709551616\r\n\r\n{INNER}",
    "CL, 2 to the 32nd": "{HEAD}Content-Length: 4294967296\r\n\r\n{INNER}",
    "CL, vertical tab": "{HEAD}Content-Length: 0\x0b\r\n\r\n{INNER}",
    "CL, fraction": "{HEAD}Content-Length: 0.0\r\n\r\n{INNER}",
    # CL.TE, TE.CL
    "CL.TE": "{HEAD}Content-Length: {LEN}\r\n{CHUNKED}\r\n{LAST_CHUNK}{INNER}",
    "CL zero.TE": "{HEAD}Content-Length: 0\r\n{CHUNKED}\r\n{LAST_CHUNK}{INNER}",
    "TE.CL": "{HEAD}{CHUNKED}Content-Length: 4\r\n\r\n{HEX}\r\n{INNER}\r\n{LAST_CHUNK}",
    # TE.TE
    "TE alone": "{HEAD}{CHUNKED}\r\n{LAST_CHUNK}{INNER}",
    "TE twice": "{HEAD}{CHUNKED}{CHUNKED}\r\n{LAST_CHUNK}{INNER}",
    "TE.TE, identity": "{HEAD}{CHUNKED}Transfer-Encoding: identity\r\n\r\n{LAST_CHUNK}{INNER}",
    "TE identity": "{HEAD}Transfer-Encoding: identity\r\n\r\n{INNER}",
    "TE, unknown coding": "{HEAD}Transfer-Encoding: xchunked\r\n\r\n{LAST_CHUNK}{INNER}",
    "TE, list": "{HEAD}Transfer-Encoding: chunked, identity\r\n\r\n{LAST_CHUNK}{INNER}",
    "TE, gzip": "{HEAD}Transfer-Encoding: gzip, chunked\r\n\r\n{LAST_CHUNK}{INNER}",
    "TE, letter case": "{HEAD}tRANSFER-eNCODING: ChUnKeD\r\n\r\n{LAST_CHUNK}{INNER}",
    "TE, quoted": '{HEAD}Transfer-Encoding: "chunked"\r\n\r\n{LAST_CHUNK}{INNER}',
    "TE, empty": "{HEAD}Transfer-Encoding:\r\n\r\n{LAST_CHUNK}{INNER}",
    "TE, space before the colon": "{HEAD}Transfer-Encoding : chunked\r\n\r\n{LAST_CHUNK}{INNER}",
    "TE, tab before the colon": "{HEAD}Transfer-Encoding\t: chunked\r\n\r\n{LAST_CHUNK}{INNER}",
    "TE, tab after the colon": "{HEAD}Transfer-Encoding:\tchunked\r\n\r\n{LAST_CHUNK}{INNER}",
    "TE, vertical tab": "{HEAD}Transfer-Encoding: \x0bchunked\r\n\r\n{LAST_CHUNK}{INNER}",
    "TE, folded name": "{HEAD}X: y\r\n Transfer-Encoding: chunked\r\n\r\n{LAST_CHUNK}{INNER}",
    "TE, folded value": "{HEAD}Transfer-Encoding:\r\n chunked\r\n\r\n{LAST_CHUNK}{INNER}",
    "TE, line ends by LF": "{HEAD}X: y\nTransfer-Encoding: chunked\r\n\r\n{LAST_CHUNK}{INNER}",
    "TE, line ends by CR": "{HEAD}X: y\rTransfer-Encoding: chunked\r\n\r\n{LAST_CHUNK}{INNER}",
    "TE, HTTP/1.0": "GET /healthz HTTP/1.0\r\nHost: localhost\r\n{CHUNKED}\r\n{LAST_CHUNK}{INNER}",
    # Chunks.
    "chunk extension": "{HEAD}{CHUNKED}\r\n0;a=b\r\n\r\n{INNER}",
    "chunk extension, LF": "{HEAD}{CHUNKED}\r\n0;\nxx\r\n\r\n{INNER}",
    "chunk size, overflow": "{HEAD}{CHUNKED}\r\n10000000000000000\r\n\r\n{INNER}",
    "chunk size, 0x": "{HEAD}{CHUNKED}\r\n0x0\r\n\r\n{INNER}",
    "chunk trailer": "{HEAD}{CHUNKED}\r\n0\r\nContent-Length: {LEN}\r\n\r\n{INNER}",
    # Lines and bytes.
    "LF alone ends lines": "GET /healthz HTTP/1.1\nHost: localhost\n\n{INNER}",
    "LF alone in the middle": "GET /healthz HTTP/1.1\nHost: localhost\r\n\r\n{INNER}",
    "CR alone ends lines": "GET /healthz HTTP/1.1\rHost: localhost\r\r{INNER}",
    "CR inside a value": "{HEAD}X: a\rb\r\n\r\n{INNER}",
    "LF inside a value": "{HEAD}X: a\nb\r\n\r\n{INNER}",
    "NUL inside a value": "{HEAD}X: a\x00b\r\n\r\n{INNER}",
    "NUL inside a name": "{HEAD}X\x00: a\r\n\r\n{INNER}",
    "NUL in the target": "GET /healthz\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n{INNER}",
    "folded line": "{HEAD}X: a\r\n b\r\n\r\n{INNER}",
    "folded line by a tab": "{HEAD}X: a\r\n\tb\r\n\r\n{INNER}",
    "first header folded": "GET /healthz HTTP/1.1\r\n Host: localhost\r\n\r\n{INNER}",
    "space before the colon": "{HEAD}X : a\r\n\r\n{INNER}",
    "space inside a name": "{HEAD}X Y: a\r\n\r\n{INNER}",
    "header without a colon": "{HEAD}X\r\n\r\n{INNER}",
    "header without a name": "{HEAD}: a\r\n\r\n{INNER}",
    "control byte in a name": "{HEAD}X\x7f: a\r\n\r\n{INNER}",
    "letter beyond ASCII in a name": "{HEAD}X\xe9: a\r\n\r\n{INNER}",
    # What is looked at line by line may end at the first empty one.
    "empty line, then a folded TE": "\r\n{HEAD}Transfer-Encoding:\r\n chunked\r\n\r\n{LAST_CHUNK}{INNER}",
    "empty line, then a space before the colon": "\r\n{HEAD}Transfer-Encoding : chunked\r\n\r\n{LAST_CHUNK}{INNER}",
    "empty line, then an LF": "\r\n{HEAD}X: y\nTransfer-Encoding: chunked\r\n\r\n{LAST_CHUNK}{INNER}",
    "empty line, then a body": "\r\n{HEAD}Content-Length: {LEN}\r\n\r\n{INNER}",
    # Host.
    "two Hosts": "{HEAD}Host: localhost\r\n\r\n{INNER}",
    "two Hosts, different": "{HEAD}Host: evil.test\r\n\r\n{INNER}",
    "no Host": "GET /healthz HTTP/1.1\r\n\r\n{INNER}",
    "Host, space before the colon": "GET /healthz HTTP/1.1\r\nHost : localhost\r\n\r\n{INNER}",
    # The request line.
    "HTTP/0.9": "GET /healthz\r\n\r\n{INNER}",
    "HTTP/2 preface": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{INNER}",
    "HTTP version in small letters": "GET /healthz http/1.1\r\nHost: localhost\r\n\r\n{INNER}",
    "HTTP/1.": "GET /healthz HTTP/1.\r\nHost: localhost\r\n\r\n{INNER}",
    "HTTP/1.1 and more": "GET /healthz HTTP/1.1x\r\nHost: localhost\r\n\r\n{INNER}",
    "two targets": "GET /healthz /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n{INNER}",
    "no target": "GET HTTP/1.1\r\nHost: localhost\r\n\r\n{INNER}",
    "two spaces": "GET  /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n{INNER}",
    "tabs for spaces": "GET\t/healthz\tHTTP/1.1\r\nHost: localhost\r\n\r\n{INNER}",
    "space at the line's end": "GET /healthz HTTP/1.1 \r\nHost: localhost\r\n\r\n{INNER}",
    "space before the method": " GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n{INNER}",
    "TLS": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n{INNER}",
    # What only looks as if a second message may follow.
    "Expect with a body": "POST /healthz HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: {LEN}\r\n\r\n{INNER}",
    "Connection names Content-Length": "{HEAD}Connection: keep-alive, Content-Length\r\nContent-Length: {LEN}\r\n\r\n{INNER}",
    "Connection names Transfer-Encoding": "{HEAD}Connection: Transfer-Encoding\r\n{CHUNKED}\r\n{LAST_CHUNK}{INNER}",
    "h2c with a body": "{HEAD}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: {LEN}\r\n\r\n{INNER}",
}

# One answer at most, whatever it is: the first request is correct and its connection ends with it.
ENDED = {
    "HTTP/1.0": "GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n{INNER}",
    "HTTP/1.0 without Host": "GET /healthz HTTP/1.0\r\n\r\n{INNER}",
    "HTTP/1.0, keep-alive in a list with close": "GET /healthz HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive, close\r\n\r\n{INNER}",
    "Connection: close": "{HEAD}Connection: close\r\n\r\n{INNER}",
    "Connection: close in a list": "{HEAD}Connection: keep-alive, close\r\n\r\n{INNER}",
    "Connection: close and keep-alive, two lines": "{HEAD}Connection: close\r\nConnection: keep-alive\r\n\r\n{INNER}",
    "Connection: CLOSE": "{HEAD}Connection: CLOSE\r\n\r\n{INNER}",
}

# One answer to what is one request, never 100 or 101.
NOT_CONTINUED = {
    "Expect without a body": "{HEAD}Expect: 100-continue\r\n\r\n",
    "Upgrade: h2c": "{HEAD}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
    "Upgrade: websocket": "{HEAD}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
}


def filled(template, inner):
    """The bytes of a form. `inner`: the hidden request."""
    values = {"HEAD": HEAD, "CHUNKED": CHUNKED, "LAST_CHUNK": LAST_CHUNK, "INNER": inner}
    return template.format(LEN=len(inner), HEX=f"{len(inner):x}", **values).encode("latin-1")


def body_later(payload):
    """The listener has read the head before the rest comes."""
    end = payload.find(b"\r\n\r\n") + 4
    yield payload[:end]
    time.sleep(PAUSE_SECONDS)
    yield payload[end:]

"""Is this exactly one JSON value, and where does it end? Without recursion: nesting may be as deep as an event is long.

The twin of src/contract/json_scan.cc: the same faults, found at the same place.
"""

import math
import re

SPACE = " \t\n\r"
SKIP_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[0-9]+)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
SCALAR_TOKEN = re.compile(r"[^ \t\n\r{}\[\]:,]*")
_PLAIN_TEXT = re.compile(r'[^"\\\x00-\x1f]*')
STRING_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_HEX4 = re.compile(r"[0-9a-fA-F]{4}")
_NUL_ESCAPE = re.compile(r"\\(?:u0000|.)", re.DOTALL)

SYNTAX, UNICODE, DEPTH, NUMBER = (
    "not JSON",
    "half of a surrogate pair",
    "nested too deep",
    "number too large for a double",
)
REASON_OF = {SYNTAX: "bad_json", UNICODE: "bad_unicode", DEPTH: "depth", NUMBER: "bad_json"}


class ScanError(Exception):
    def __init__(self, fault, end=0):
        super().__init__(fault)
        self.fault, self.end = fault, end


def _scan_string(text, at):
    """`at` is on the opening quote; the position after the closing one."""
    at += 1
    while True:
        at = _PLAIN_TEXT.match(text, at).end()
        if text[at : at + 1] == '"':
            return at + 1
        if text[at : at + 1] != "\\":
            raise ScanError(SYNTAX)
        at = _scan_escape(text, at)


def _scan_escape(text, at):
    kind = text[at + 1 : at + 2]
    if kind != "u":
        if not kind or kind not in '"\\/bfnrt':
            raise ScanError(SYNTAX)
        return at + 2
    code = _hex4(text, at + 2)
    if code is None:
        raise ScanError(SYNTAX)
    at += 6
    if not 0xD800 <= code <= 0xDFFF:
        return at
    second = _hex4(text, at + 2) if text[at : at + 2] == "\\u" else None
    if code > 0xDBFF or second is None or not 0xDC00 <= second <= 0xDFFF:
        raise ScanError(UNICODE)
    return at + 6


def _hex4(text, at):
    found = _HEX4.match(text, at)
    return int(found.group(), 16) if found else None


def scan_scalar(text, at):
    first = text[at : at + 1]
    if first == '"':
        return _scan_string(text, at)
    for literal in ("true", "false", "null"):
        if first == literal[0]:
            if not text.startswith(literal, at):
                raise ScanError(SYNTAX)
            return at + len(literal)
    found = _NUMBER.match(text, at)
    if found is None:
        raise ScanError(SYNTAX)
    end = found.end()
    if text[end : end + 1] == "." and "." not in found.group():
        raise ScanError(SYNTAX)
    if math.isinf(float(found.group())):
        raise ScanError(NUMBER, end)
    return end


def scan_value(text, at, depth_max):
    """The end of the value that starts at `at`; a loop, as nesting may be as deep as the event is long."""
    closers = []
    while True:
        opener = text[at : at + 1]
        if opener and opener in "{[":
            if len(closers) == depth_max:
                raise ScanError(DEPTH)
            closers.append("}" if opener == "{" else "]")
            at = SKIP_SPACE.match(text, at + 1).end()
            if text[at : at + 1] != closers[-1]:
                at = _scan_to_value(text, at, closers[-1])
                continue
            closers.pop()
            at += 1
        else:
            at = scan_scalar(text, at)
        while closers:
            at = SKIP_SPACE.match(text, at).end()
            if text[at : at + 1] == closers[-1]:
                closers.pop()
                at += 1
                continue
            if text[at : at + 1] != ",":
                raise ScanError(SYNTAX)
            at = _scan_to_value(text, SKIP_SPACE.match(text, at + 1).end(), closers[-1])
            break
        else:
            return at


def _scan_to_value(text, at, closer):
    """Past the key and colon when inside an object."""
    if closer == "]":
        return at
    if text[at : at + 1] != '"':
        raise ScanError(SYNTAX)
    at = SKIP_SPACE.match(text, _scan_string(text, at)).end()
    if text[at : at + 1] != ":":
        raise ScanError(SYNTAX)
    return SKIP_SPACE.match(text, at + 1).end()


def without_nul_escapes(json_text):
    return _NUL_ESCAPE.sub(lambda found: "\\ufffd" if found.group() == "\\u0000" else found.group(), json_text)

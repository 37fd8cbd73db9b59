"""JSON bytes in, a row or a reject out: the rules of docs/formats/event.md, as src/contract/decoder.cc has them.

Two ways lead to one answer. Nearly every event is one flat object of known columns without escapes: the json module's
C reader takes it (`_read_plain`). Whatever is not plain in any respect falls through to `_Reader`, which goes by the
bytes from left to right in the order of the C++ decoder, so that an event with several faults gets the same reason.
The slow way alone is a complete decoder; tests run every case through both.

Columns, lengths and limits come from contract.json, which `rcml contract lake-schema` prints.
"""

import json
import math
import pathlib
import re
from dataclasses import dataclass

from event_values import parse_cents, parse_timestamp
from json_scan import (
    NUMBER,
    REASON_OF,
    SCALAR_TOKEN,
    SKIP_SPACE,
    SPACE,
    STRING_TOKEN,
    SYNTAX,
    ScanError,
    scan_scalar,
    scan_value,
    without_nul_escapes,
)

CONTRACT_FILE = pathlib.Path(__file__).with_name("contract.json")
ARRIVAL_UNKNOWN = -1000  # Of a Kafka record without a timestamp: bounds that count from the arrival do not hold for it.
EVENT_TS_END = 9_214_646_400_000_000  # 2262-01-01: readers of nanoseconds overflow after it.
QUOTED_BYTES_MAX = 80  # Of an event's own text inside `detail`.
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
REPLACEMENT = "\ufffd"  # For U+0000, which PostgreSQL and Redshift cannot hold.


@dataclass(frozen=True)
class Limits:
    event_bytes_max: int = 1_000_000
    raw_sample_bytes_max: int = 65_536
    depth_max: int = 64
    past_micros_max: int = -1  # -1: no bound.
    future_micros_max: int = 300_000_000
    cut_columns: frozenset = frozenset()  # Where an over-long text loses its end; elsewhere it is too_long.


@dataclass(frozen=True)
class Rejected:
    reason: str
    detail: str


class _EventError(Exception):
    """Ends the reading of an event."""

    def __init__(self, reason, detail):
        super().__init__(reason)
        self.reason, self.detail = reason, detail


class _NotPlainError(Exception):
    """The fast way does not take this event."""


class _Number(str):
    """A JSON number as it was written: every digit counts."""


def _no_constant(name):
    raise _NotPlainError(name)


_plain_json = json.JSONDecoder(
    object_pairs_hook=list, parse_int=_Number, parse_float=_Number, parse_constant=_no_constant
)


def _cut(text, bytes_max=QUOTED_BYTES_MAX):
    """At most `bytes_max` bytes, cut between code points."""
    raw = text.encode()
    return text if len(raw) <= bytes_max else raw[:bytes_max].decode(errors="ignore")


_ESCAPED_BYTE = re.compile(rb"\\([\x00-\xff])", re.DOTALL)


def _check_whole(raw):
    """The faults that are found before the first field is looked at, in the order of simdjson's first stage."""
    plain = _ESCAPED_BYTE.sub(lambda found: b"__" if found.group(1) in b'"\\' else b"_" + found.group(1), raw)
    pieces = plain.split(b'"')
    if len(pieces) % 2 == 0:
        raise _EventError("bad_json", "UNCLOSED_STRING: A string is opened, but never closed.")
    if any(byte < 0x20 for piece in pieces[1::2] for byte in piece):
        raise _EventError(
            "bad_json",
            "UNESCAPED_CHARS: Within strings, some characters must be escaped, we found unescaped characters",
        )


class Decoder:
    """decode() gives a tuple of the columns an event may set and `extra`, in the contract's order, or a Rejected.

    Text is str or None, event_ts microseconds, revenue hundredths or None. `contract` is the parsed contract.json.
    """

    def __init__(self, contract, limits, use_fast_way=True):
        sent = [column for column in contract["columns"] if column["origin"] != "lineage"]
        self.limits = limits
        self.names = [column["name"] for column in sent]
        self.bytes_max = {column["name"]: column["bytes_max"] for column in sent}
        self.types = {column["name"]: column["type"] for column in sent if column["name"] != "extra"}
        self.required_texts = [column["name"] for column in sent if column["is_required"] and column["type"] == "text"]
        self.index = {name: position for position, name in enumerate(self.names)}
        # What the fast way needs of a known text column: where it goes and how long it may be.
        self.plain_texts = {
            name: (self.index[name], self.bytes_max[name]) for name, kind in self.types.items() if kind == "text"
        }
        self.required_positions = [self.index[name] for name in self.required_texts]
        self.event_ts_at, self.revenue_at = self.index["event_ts"], self.index["revenue"]
        self.use_fast_way = use_fast_way
        self.texts_cut = 0  # Of the event decoded last.

    def decode(self, raw, arrived_at):
        self.texts_cut = 0
        if len(raw) > self.limits.event_bytes_max:
            return Rejected("too_large", f"{len(raw)} bytes")
        if self.use_fast_way:
            try:
                return self._read_plain(raw, arrived_at)
            except (_NotPlainError, ValueError, RecursionError):
                pass
        reader = _Reader(self, raw, arrived_at)
        try:
            row = reader.read()
            self.texts_cut = reader.texts_cut
            return row
        except _EventError as fault:
            return Rejected(fault.reason, fault.detail)

    def _read_plain(self, raw, arrived_at):
        if b"\\" in raw:
            raise _NotPlainError
        pairs = _plain_json.decode(raw.decode())
        if type(pairs) is not list:
            raise _NotPlainError
        values = [None] * len(self.names)
        seen = set()
        for pair in pairs:
            if type(pair) is not tuple:
                raise _NotPlainError  # An array, whose items are no pairs.
            name, value = pair
            if name in seen:
                raise _NotPlainError
            seen.add(name)
            place = self.plain_texts.get(name)
            if place is not None:
                if value is None or value == "":
                    continue
                # A character takes four bytes at the most: counting is needed only near the limit.
                if type(value) is not str or (4 * len(value) > place[1] and len(value.encode()) > place[1]):
                    raise _NotPlainError
                values[place[0]] = value
            elif name == "event_ts":
                values[self.event_ts_at] = self._plain_event_ts(value, arrived_at)
            elif name == "revenue":
                if value is None:
                    continue
                cents = parse_cents(value) if type(value) is _Number else None
                if cents is None or math.isinf(float(value)):
                    raise _NotPlainError
                values[self.revenue_at] = cents
            else:
                raise _NotPlainError
        if values[self.event_ts_at] is None or any(values[at] is None for at in self.required_positions):
            raise _NotPlainError
        return tuple(values)

    def _plain_event_ts(self, value, arrived_at):
        at = parse_timestamp(value) if type(value) is str else None
        if at is None or not self.is_in_range(at, arrived_at):
            raise _NotPlainError
        return at

    def is_in_range(self, at, arrived_at):
        ahead = 0 if arrived_at == ARRIVAL_UNKNOWN else at - arrived_at
        is_old = self.limits.past_micros_max >= 0 and ahead < -self.limits.past_micros_max
        return 0 <= at < EVENT_TS_END and not is_old and ahead <= self.limits.future_micros_max


class _Reader:
    """One event, from left to right. A column's fault is noted and reading goes on: no JSON outranks it."""

    def __init__(self, decoder, raw, arrived_at):
        self.decoder, self.arrived_at = decoder, arrived_at
        self.raw = raw.removeprefix(BYTE_ORDER_MARK)
        self.values = [None] * len(decoder.names)
        self.seen, self.dup_column, self.noted = set(), None, None
        self.unknown_keys, self.extra = [], []
        self.texts_cut = 0

    def read(self):
        start = self.raw.lstrip(b" \t\r\n")
        if not start.startswith(b"{"):
            self._not_an_object(start)
        _check_whole(self.raw)
        self.text = self._utf8(self.raw)
        self._read_object(self.text.index("{") + 1)
        return self._finish()

    def _utf8(self, raw):
        try:
            return raw.decode()
        except UnicodeDecodeError:
            raise _EventError("bad_unicode", "not UTF-8") from None

    def _not_an_object(self, start):
        if not start:
            raise _EventError("not_object", "empty")
        self._utf8(self.raw)
        token = start.decode().rstrip(SPACE)
        self._scan_whole(token, "")
        raise _EventError("not_object", f"starts with {token.encode()[:1].decode(errors='replace')}")

    def _scan_whole(self, token, place):
        """`token` is one value and nothing else; a number that is too large counts as one only when it ends there."""
        try:
            if scan_value(token, 0, self.decoder.limits.depth_max) != len(token):
                raise ScanError(SYNTAX)
        except ScanError as found:
            goes_on = place and found.fault == NUMBER and found.end != len(token)
            fault = SYNTAX if goes_on else found.fault
            raise _EventError(REASON_OF[fault], place + fault) from None

    def _skip(self, at):
        return SKIP_SPACE.match(self.text, at).end()

    def _read_object(self, at):
        at = self._skip(at)
        if self.text[at : at + 1] != "}":
            while True:
                at = self._skip(self._read_field(at))
                after = self.text[at : at + 1]
                if after == "}":
                    break
                if after != ",":
                    raise _EventError("bad_json", "a field must be followed by , or }")
                at = self._skip(at + 1)
        if self._skip(at + 1) != len(self.text):
            raise _EventError("bad_json", "more after the object")

    def _read_field(self, at):
        found = STRING_TOKEN.match(self.text, at)
        colon = self._skip(found.end()) if found else at
        value_at = self._skip(colon + 1)
        if found is None or self.text[colon : colon + 1] != ":" or value_at == len(self.text):
            raise _EventError("bad_json", "a field must be a key in quotes, a colon and a value")
        key_token = found.group()
        key = self._unescaped(key_token, "in a key: ")
        if key in self.decoder.types:
            return self._read_known(key, value_at)
        return self._read_unknown(key, key_token, value_at)

    def _unescaped(self, token, place):
        if "\\" not in token:
            return token[1:-1]
        self._scan_whole(token, place)
        return json.loads(token).replace("\0", REPLACEMENT)

    def _token_at(self, at):
        """A text with its quotes, or what stands before the next bracket, comma, colon or white space."""
        pattern = STRING_TOKEN if self.text[at] == '"' else SCALAR_TOKEN
        return pattern.match(self.text, at).group()

    def _note(self, reason, name, what):
        self.noted = self.noted or _EventError(reason, f"{name}: {what}")

    def _read_known(self, name, at):
        if name in self.seen:
            self.dup_column = self.dup_column or name
        self.seen.add(name)
        if self.text[at] == '"':
            token = self._token_at(at)
            self._set_string(name, self._unescaped(token, f"{name}: "))
            return at + len(token)
        return self._read_other(name, at)

    def _set_string(self, name, text):
        kind = self.decoder.types[name]
        if kind == "text":
            size, bytes_max = len(text.encode()), self.decoder.bytes_max[name]
            if size > bytes_max and name in self.decoder.limits.cut_columns:
                self.values[self.decoder.index[name]] = _cut(text, bytes_max)
                self.texts_cut += 1
            elif size > bytes_max:
                self._note("too_long", name, f"{size} bytes, at most {bytes_max}")
            elif text:
                self.values[self.decoder.index[name]] = text
        elif name == "event_ts":
            self._set_event_ts(text)
        else:
            self._note("wrong_type", name, "a string")

    def _set_event_ts(self, text):
        if not text:
            self._note("missing_field", "event_ts", "empty")
            return
        at = parse_timestamp(text)
        if at is None:
            self._note("ts_format", "event_ts", _cut(text))
        elif not self.decoder.is_in_range(at, self.arrived_at):
            self._note("ts_range", "event_ts", _cut(text))
        else:
            self.values[self.decoder.event_ts_at] = at

    def _read_other(self, name, at):
        """null, a number, a boolean, an object or an array in a known column."""
        first = self.text[at]
        if first in "{[":
            end = self._scan_here(at, f"{name}: ")
            self._note("wrong_type", name, "an object" if first == "{" else "an array")
            return end
        token = self._token_at(at)
        if token == "null":
            if name == "event_ts":
                self._note("missing_field", name, "null")
            return at + len(token)
        is_number = first == "-" or first in "0123456789"
        try:
            if scan_scalar(token, 0) != len(token):
                raise ScanError(SYNTAX)
        except ScanError as found:
            is_large_number = is_number and found.fault == NUMBER and found.end == len(token)
            if not is_large_number:
                fault = SYNTAX if found.fault == NUMBER else found.fault
                raise _EventError(REASON_OF[fault], f"{name}: {fault}") from None
        if is_number and name == "revenue":
            self._set_revenue(token)
        elif is_number and name == "event_ts":
            self._note("ts_format", name, "a number; the contract takes ISO-8601 text with a zone")
        else:
            self._note("wrong_type", name, "a number" if is_number else "a boolean")
        return at + len(token)

    def _set_revenue(self, token):
        cents = parse_cents(token)
        if cents is None:
            self._note("out_of_range", "revenue", _cut(token))
        else:
            self.values[self.decoder.revenue_at] = cents

    def _scan_here(self, at, place):
        try:
            return scan_value(self.text, at, self.decoder.limits.depth_max)
        except ScanError as found:
            raise _EventError(REASON_OF[found.fault], place + found.fault) from None

    def _read_unknown(self, key, key_token, at):
        if self.text[at] in "{[":
            end = self._scan_here(at, f"{_cut(key)}: ")
        else:
            token = self._token_at(at)
            self._scan_whole(token, f"{_cut(key)}: ")
            end = at + len(token)
        self.unknown_keys.append(key)
        self.extra.append(without_nul_escapes(f"{key_token}:{self.text[at:end]}"))
        return end

    def _finish(self):
        self._check_keys()
        if self.noted:
            raise self.noted
        for name in self.decoder.required_texts:
            if self.values[self.decoder.index[name]] is None:
                raise _EventError("missing_field", f"{name}: {'null or empty' if name in self.seen else 'absent'}")
        if "event_ts" not in self.seen:
            raise _EventError("missing_field", "event_ts: absent")
        if self.extra:
            extra = "{" + ",".join(self.extra) + "}"
            size = len(extra.encode())
            if size > self.decoder.bytes_max["extra"]:
                raise _EventError("too_long", f"extra: {size} bytes of unknown fields")
            self.values[self.decoder.index["extra"]] = extra
        return tuple(self.values)

    def _check_keys(self):
        if self.dup_column:
            raise _EventError("dup_key", f"{self.dup_column}: twice")
        keys = sorted(self.unknown_keys, key=str.encode)
        for one, other in zip(keys, keys[1:], strict=False):
            if one == other:
                raise _EventError("dup_key", f"{_cut(one)}: twice")


def parse_cut_columns(contract, names):
    """The columns of `names` that may be cut, and a sentence for each that may not (src/contract/cut_columns.cc)."""
    may_be_cut = [column["name"] for column in contract["columns"] if column["may_be_cut"]]
    wanted = [name for name in names.split(",") if name]
    others = ", ".join(may_be_cut)
    faults = [f"{name} may not be cut. Columns that may be: {others}" for name in wanted if name not in may_be_cut]
    return frozenset(wanted) & frozenset(may_be_cut), faults


def load_contract(path=CONTRACT_FILE):
    return json.loads(pathlib.Path(path).read_text())

"""Reads tests/cases/events: the cases that the C++ decoder's own test runs (the form: README.md there)."""

import json
import pathlib
import re
from dataclasses import dataclass, field

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "cases/events"
ARRIVED_AT = 1_756_029_605_000_000  # 2025-08-24T10:00:05Z
BASE = {
    "event_id": '"e1"',
    "customer_id": '"c1"',
    "session_id": '"s1"',
    "event_type": '"page_view"',
    "page": '"/p/1"',
    "utm_campaign": "null",
    "device": '"mobile"',
    "geo_city": '"Paris"',
    "event_ts": '"2025-08-24T10:00:00.123456Z"',
    "source": '"web"',
}
MACRO = re.compile(rb"\$\{(?:(?P<count>\d+)\*(?P<text>\}|[^}]*)|x(?P<hex>[^}]*)|(?P<base>B)|(?P<space>sp))\}")


@dataclass
class Case:
    name: str
    title: str
    event: bytes = b""
    limits: dict = field(default_factory=dict)
    reason: str = ""  # Empty: a row.
    row: dict = field(default_factory=dict)


def event_bytes(fields):
    return b"{" + b",".join(b'"%s":%s' % (key, value) for key, value in fields.items()) + b"}"


def base_fields():
    return {key.encode(): value.encode() for key, value in BASE.items()}


def expand(text):
    def one(found):
        if found["count"]:
            return int(found["count"]) * found["text"]
        if found["hex"] is not None:
            return bytes.fromhex(found["hex"].decode())
        return event_bytes(base_fields()) if found["base"] else b" "

    return MACRO.sub(one, text)


def long_events(choose, count):
    """Texts of letters of one to four bytes that end about where their column does, plain or escaped."""
    events = []
    for _ in range(count):
        fields = base_fields()
        for name, bytes_max in (("page", 256), ("geo_city", 64), ("device", 16), ("source", 32), ("customer_id", 64)):
            if choose.random() < (0.05 if name in ("source", "customer_id") else 0.4):
                letters = choose.choices("aé€😀\u0301\0", k=bytes_max)
                text = "".join(letters)
                while len(text.replace("\0", "€").encode()) > bytes_max + choose.randint(-1, 6):
                    text = text[:-1]
                is_escaped = "\0" in text or choose.random() < 0.5
                fields[name.encode()] = json.dumps(text, ensure_ascii=is_escaped).encode()
        events.append(event_bytes(fields))
    return events


def load_cases():
    cases = []
    for path in sorted(FOLDER.glob("*.txt")):
        for line in path.read_bytes().split(b"\n"):
            if not line or line.startswith(b"#"):
                continue
            if not line.startswith(b"  "):
                name, _, title = line.decode().partition(" ")
                cases.append(Case(name, title))
                fields, whole = base_fields(), None
            else:
                whole = _read_line(cases[-1], fields, whole, line[2:])
                cases[-1].event = event_bytes(fields) if whole is None else whole
    return cases


def _read_line(case, fields, whole, body):
    word, _, rest = body.partition(b" ")
    if word == b"set":
        key, _, value = rest.partition(b" = ")
        fields[key] = expand(value)
    elif word == b"drop":
        fields.pop(rest, None)
    elif word == b"event":
        return expand(rest)
    elif word == b"limit":
        name, _, number = rest.decode().partition(" ")
        case.limits[name] = int(number)
    elif word == b"reject":
        case.reason = rest.decode()
    elif word != b"row":
        column, _, value = body.partition(b" = ")
        case.row[column.decode()] = expand(value).decode()
    return whole

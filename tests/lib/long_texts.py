"""Events whose texts end at, before and beyond a column's bytes, and what a row of each must hold where cutting is allowed."""

import json

CUT_COLUMNS = ("page", "geo_city")
BYTES_MAX = {"page": 256, "geo_city": 64, "device": 16, "source": 32}
LETTERS = {1: "a", 2: "é", 3: "€", 4: "😀"}  # By bytes of UTF-8.


def cut(text, bytes_max):
    return text.encode()[:bytes_max].decode(errors="ignore")


def event(event_id, **texts):
    fields = {"event_id": event_id, "event_type": "page_view", "event_ts": "2026-03-01T10:00:00Z", "page": "/", **texts}
    return json.dumps(fields, ensure_ascii=False)


def edge_events():
    """{event_id: (JSON text, {column: what the row must hold})}: each width of letter, shifted by each number of bytes."""
    events = {}
    for column in CUT_COLUMNS:
        for width, letter in LETTERS.items():
            for shift in range(4):
                for extra in (-1, 0, 1):
                    text = "x" * shift + letter * ((BYTES_MAX[column] - shift) // width + extra)
                    event_id = f"{column}-{width}-{shift}-{extra}"
                    events[event_id] = (event(event_id, **{column: text}), {column: cut(text, BYTES_MAX[column])})
    mark = "e\u0301" * 22  # A letter and its combining mark: 3 bytes, the 22nd one is parted.
    events["combining"] = event("combining", geo_city=mark), {"geo_city": "e\u0301" * 21 + "e"}
    return events


def is_over_long(line):
    fields = json.loads(line)
    return any(len(str(value).encode()) > BYTES_MAX.get(name, 64) for name, value in fields.items())


def still_rejected():
    """Over-long where no cutting is allowed."""
    return [event("i" * 65), event("id-1", session_id="s" * 65), event("id-2", device="d" * 17)]

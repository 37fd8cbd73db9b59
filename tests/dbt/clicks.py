"""clicks.py: tiny rows for the tests, one visitor per case."""

import datetime
import decimal
import json

EPOCH = datetime.datetime(1970, 1, 1)


class Log:
    """Collects events in the order they arrive; positions are given in that order, on one partition."""

    def __init__(self):
        self.rows = []

    def add(self, event_id, at, type_="page_view", customer=None, anonymous=None, session=None, page="/", campaign=None,
            device="mobile", order=None, revenue=None, partition=0, offset=None):  # fmt: skip
        ts = at if isinstance(at, datetime.datetime) else datetime.datetime.fromisoformat(at)
        self.rows.append((
            event_id, customer, session, type_, page, campaign, device, "Paris", ts, "web", ts.date(), anonymous, None,
            order, None if revenue is None else decimal.Decimal(revenue), None, partition,
            len(self.rows) if offset is None else offset, datetime.datetime(2025, 9, 1),
        ))  # fmt: skip
        return self


def otto_rows(path):
    """OTTO's recommender data set (CC BY 4.0) as clicks: session -> customer, aid -> product and page, no device."""
    types = {"clicks": "product_view", "carts": "add_to_cart", "orders": "purchase"}
    rows = []
    for line in path.read_text().splitlines():
        visit = json.loads(line)
        for event in visit["events"]:
            ts = EPOCH + datetime.timedelta(milliseconds=event["ts"])
            rows.append((
                f"otto-{len(rows)}", str(visit["session"]), None, types[event["type"]], f"/p/{event['aid']}", None, None,
                None, ts, None, ts.date(), None, str(event["aid"]), None, None, None, 0, len(rows),
                datetime.datetime(2025, 9, 1),
            ))  # fmt: skip
    return rows

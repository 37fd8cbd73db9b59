"""A simulated day whose events reach the log hour by hour, as they would in life."""

import json
import pathlib
import time

import duckdb
from rcml_program import Job, lake_column, run

DAY = "2026-03-01"
NEXT_DAY = "2026-03-02"


class Shop(Job):
    """The generator writes the whole day with its truth; `arrive` moves its lines, in their order, into a second spool,
    whose bytes are therefore the same at the same positions."""

    def __init__(self, root, events=30_000):
        super().__init__(root, events=events, days=1, start=DAY, seed=11)
        source = self.root / "spool"
        segments = sorted((source / "0").glob("*.ndjson*"))
        self.coming = b"".join(segment.read_bytes() for segment in segments).splitlines(keepends=True)
        self.arrived = self.root / "arrived"
        (self.arrived / "0").mkdir(parents=True)
        (self.arrived / "spool.json").write_bytes((source / "spool.json").read_bytes())
        self.segment = self.arrived / "0" / f"{0:020d}-{time.time_ns() // 1000:016d}.ndjson.open"
        self.segment.touch()
        self.spool = f"spool:{self.arrived}"
        self.line_count = 0
        self.env = {"RCML_LAKE": str(self.lake), "RCML_WAREHOUSE": self.warehouse}

    def arrive(self, until=None):
        """All lines before the first that was clicked at `until` or later, streamed into the lake. Returns how many."""
        end = len(self.coming)
        for index, line in enumerate(self.coming):
            if until and (at := clicked_at(line)) and until <= at < "2027":
                end = index
                break
        lines, self.coming = self.coming[:end], self.coming[end:]
        return self.append(lines)

    def append(self, lines):
        with open(self.segment, "ab") as file:
            file.writelines(lines)
        self.line_count += len(lines)
        self.stream()
        return len(lines)

    def counts(self):
        """Rows where each step of the way has put them; all from the files themselves, by readers that are not ours."""
        with duckdb.connect(str(self.file), read_only=True) as connection:

            def one(sql):
                return connection.execute(sql).fetchone()[0]

            counts = {
                "raw": one("select count(*) from raw.raw_clicks"),
                "raw_rejects": one("select count(*) from raw.raw_rejects"),
                "events": one("select count(*) from marts.int_events"),
                "sessions": one("select count(*) from marts.fct_sessions"),
            }
        counts["lake"] = len(lake_column(self.lake, "event_id"))
        counts["lake_rejects"] = len(lake_column(self.lake, "reason", "rejects"))
        counts["distinct"] = len(set(lake_column(self.lake, "event_id")))
        return counts

    def rows_of_date(self, dt):
        with duckdb.connect(str(self.file), read_only=True) as connection:
            return connection.execute("select count(*) from raw.raw_clicks where dt = ?", [dt]).fetchone()[0]

    def published_rows(self):
        with duckdb.connect(str(self.file.with_suffix(".published.duckdb")), read_only=True) as connection:
            return connection.execute("select count(*) from marts.fct_sessions").fetchone()[0]

    def audit_truth(self):
        done = run(
            "audit", "--from", self.spool, "--lake", self.lake, "--warehouse", self.warehouse, "--truth", self.truth_dir
        )
        return done.stdout


def clicked_at(line):
    """event_ts as text; None for the lines that are no such object, of which the generator writes some on purpose."""
    try:
        at = json.loads(line).get("event_ts")
    except (ValueError, AttributeError):
        return None
    return at if isinstance(at, str) else None


def check_counts(shop, counts):
    """Every line that arrived is in the lake or among its rejects; the warehouse has the same; each event once."""
    assert counts["lake"] + counts["lake_rejects"] == shop.line_count
    assert counts["raw"] == counts["lake"]
    assert counts["raw_rejects"] == counts["lake_rejects"]
    assert counts["events"] == counts["distinct"]
    assert shop.published_rows() == counts["sessions"]


def script(path, text):
    path = pathlib.Path(path)
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return str(path)

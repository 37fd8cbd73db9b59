"""One topic through `rcml stream` and through Spark gives equal tables; then rcml takes over and the audit is clean."""

import random
import re

from event_cases import base_fields, event_bytes, load_cases, long_events
from rcml_program import SEED
from test_decoder import mutated
from twin import Lake, Topic, assert_equal_lakes, days_ago


def recent(event):
    """The cases' events are of 2025: moved to where the bounds in time let them pass."""
    return event.replace(b"2025-08-24", days_ago(2).encode())


def odd_events(count):
    """Every case that fits into a line, and random ones."""
    choose = random.Random(SEED)
    cases = [recent(case.event) for case in load_cases() if b"\n" not in case.event and case.event]
    small = [event for event in cases if len(event) < 2000]
    return cases + [event for event in (mutated(choose.choice(small), choose) for _ in range(count)) if event]


def test_the_same_topic_gives_the_same_tables(tmp_path, kafka):
    topic = Topic(kafka, "twin", 3).generate(20_000, seed=7)
    topic.put([event for event in odd_events(5_000) if b"\n" not in event], partition=1)
    topic.put([recent(event) for event in long_events(random.Random(SEED), 500)], partition=0)
    topic.put_tombstone(partition=1)
    topic.put([recent(event_bytes(base_fields()))], partition=2)
    # Both read the .env of the folder they are started in.
    (tmp_path / ".env").write_text("RCML_TRUNCATE=page,geo_city,device\n")
    ours, sparks = Lake(tmp_path / "ours"), Lake(tmp_path / "sparks")
    said = ours.drain_by_rcml(topic).stdout
    texts_cut = int(re.search(r"(\d+) texts cut", said)[1])
    assert f"texts_cut={texts_cut} " in sparks.drain_by_spark(topic).stderr
    assert_equal_lakes(ours, sparks)
    reasons = {row["reason"] for row in sparks.rows("rejects")}
    print(f"{len(sparks.rows('clicks'))} rows and {len(sparks.rows('rejects'))} rejects are equal, seed {SEED}")
    assert len(reasons) == 12, f"a reason is not covered: {reasons}"

    refused = sparks.drain_by_rcml(topic, code=4)
    assert "rcml lake adopt" in refused.stderr
    sparks.adopt(topic)
    totals = sparks.audit(topic)
    assert totals["tombstones"] == 1
    assert sparks.drain_by_rcml(topic).stdout.startswith("0 rows and 0 rejects")

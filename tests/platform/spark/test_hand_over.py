"""Each takes over from the other in mid-topic, with kills in between; the lake is that of rcml alone."""

import json
import signal
import uuid

from twin import Lake, Topic, assert_equal_lakes

KILLED = -signal.SIGKILL


def test_hand_over_in_mid_topic_both_ways_with_kills(tmp_path, kafka, s3):
    topic = Topic(kafka, "relay", 3).generate(4_000, seed=11)
    lake = Lake(f"s3://{s3.bucket}/relay", s3.env())
    lake.drain_by_rcml(topic)
    left_by_rcml = dict(lake.marks("clicks"))

    # Spark takes over from rcml's marks. It is killed between the two commits of its first batch, then again after the
    # batch is committed and before its checkpoint says so.
    topic.generate(6_000, seed=12)
    small = {"RCML_SINK_FLUSH_ROWS_MAX": "3k"}
    lake.drain_by_spark(topic, code=KILLED, env={**small, "RCML_CRASH_AT": "spark.before_clicks_commit"})
    assert not any("/spark/" in app for app in lake.marks("clicks"))
    assert any("/spark/" in app for app in lake.marks("rejects"))
    lake.drain_by_spark(topic, code=KILLED, env={**small, "RCML_CRASH_AT": "spark.after_clicks_commit"})
    assert [batch for app, batch in lake.marks("clicks").items() if "/spark/" in app] == [0]
    done = lake.drain_by_spark(topic, env=small)
    assert "batch is in the lake already batch=0" in done.stderr
    assert done.stderr.count("commit done") >= 1
    assert {app: lake.marks("clicks")[app] for app in left_by_rcml} == left_by_rcml

    # rcml takes over again: not before it is told what Spark did.
    topic.generate(3_000, seed=13)
    assert "lake adopt" in lake.drain_by_rcml(topic, code=4).stderr
    before = lake.marks("clicks")
    assert "dry run" in lake.adopt(topic, "--dry-run").stdout
    assert lake.marks("clicks") == before
    assert "adopted" in lake.adopt(topic).stdout
    assert "nothing to adopt" in lake.adopt(topic).stdout
    lake.drain_by_rcml(topic)

    # Spark's old checkpoint is of the past now; a new one goes on.
    topic.generate(2_000, seed=14)
    assert "--checkpoint" in lake.drain_by_spark(topic, code=4).stderr
    # That one holds what is left of a query that died before it had fixed where it begins.
    (tmp_path / "second").mkdir()
    (tmp_path / "second/metadata").write_text(json.dumps({"id": str(uuid.uuid4())}))
    lake.drain_by_spark(topic, "--checkpoint", tmp_path / "second")
    lake.adopt(topic)

    totals = lake.audit(topic)
    assert (totals["missing"], totals["doubled"], totals["unknown"], totals["in_gaps"]) == (0, 0, 0, 0)
    alone = Lake(tmp_path / "alone")
    alone.drain_by_rcml(topic)
    assert_equal_lakes(alone, lake)
    print(f"{totals['committed']} rows and {totals['rejected']} rejects through six hands")

"""What a topic may hold and what may happen to it: every offset is accounted for, none is skipped in silence."""

import signal
import time

import deltalake
import pytest
from rcml_program import run, wait_until
from topic_job import TopicJob, delete_before, event, recent, stop_all


@pytest.mark.parametrize("profile", ["realistic", "hostile"])
def test_a_drain_takes_each_event_once(tmp_path, kafka, profile):
    job = TopicJob(tmp_path, kafka, f"drain-{profile}").generate(60_000, profile)
    job.drain()
    job.check_truth()
    again = job.drain()
    assert again.stdout.startswith("0 rows and 0 rejects in 0 commits"), again.stdout
    job.check_truth()


def test_transaction_markers_take_offsets_and_lag_still_reaches_zero(tmp_path, kafka):
    job = TopicJob(tmp_path, kafka, "transactions").make(1)
    for number in range(10):
        job.put([event(number)], "-X", f"transactional.id=t{number % 2}")
    job.drain(seconds=60)
    job.check_ids([f"e{number}" for number in range(10)])
    totals = job.totals()
    assert (totals["committed"], totals["absent"], totals["to_come"]) == (10, 10, 0)
    assert job.drain(seconds=60).stdout.startswith("0 rows")


def test_values_that_are_no_events_harm_no_neighbour(tmp_path, kafka):
    job = TopicJob(tmp_path, kafka, "oddities").make(1)
    job.put([event(number) for number in range(100)])
    job.put(["k|"], "-K", "|", "-Z")
    job.put(["k|"], "-K", "|")
    job.put(["  ", "null", "[]", '"text"', "{"])
    job.put([event(number) for number in range(100, 200)])
    job.drain()
    job.check_ids([f"e{number}" for number in range(200)])
    totals = job.totals()
    assert (totals["tombstones"], totals["rejected"], totals["to_come"]) == (1, 6, 0)


def test_a_bad_tail_is_set_aside_once_and_passed(tmp_path, kafka):
    job = TopicJob(tmp_path, kafka, "bad-tail").make(1)
    job.put([event(number) for number in range(100)] + ["no json"] * 100)
    for _ in range(3):
        job.drain()
    assert len(job.column("reason", "rejects")) == 100
    assert job.totals()["to_come"] == 0


def test_deleted_offsets_stop_the_stream_unless_allowed(tmp_path, kafka):
    job = TopicJob(tmp_path, kafka, "deleted").make(1)
    job.put([event(number) for number in range(100)])
    job.drain()
    job.put([event(number) for number in range(100, 1000)])
    delete_before(job, 500, tmp_path)
    done = job.drain(code=4)
    assert "offsets 100 to 499 of partition 0 of deleted are gone" in done.stderr
    assert "--on-gap resume" in done.stderr
    job.drain("--on-gap", "resume")
    job.check_ids([f"e{number}" for number in [*range(100), *range(500, 1000)]])
    totals = job.totals()
    assert (totals["in_gaps"], totals["expired"], totals["to_come"]) == (400, 100, 0)
    assert job.totals("--absent-offsets", "suspect") == totals


def test_offsets_deleted_under_a_worker_are_a_gap_when_allowed(tmp_path, kafka, processes):
    job = TopicJob(tmp_path, kafka, "shrinking").make(1)
    job.put([event(number) for number in range(100)])
    processes.append(worker := job.start_worker("--on-gap", "resume"))
    wait_until(lambda: job.row_count() == 100)
    worker.send_signal(signal.SIGSTOP)
    time.sleep(1)  # The fetch under way ends empty.
    job.put([event(number) for number in range(100, 1000)])
    delete_before(job, 500, tmp_path)
    worker.send_signal(signal.SIGCONT)
    wait_until(lambda: job.row_count() == 600)
    stop_all([worker])
    totals = job.totals("--absent-offsets", "suspect")
    assert (totals["in_gaps"], totals["unexplained"], totals["to_come"]) == (400, 0, 0)


@pytest.mark.parametrize("count", [50, 800])
def test_a_topic_that_was_created_again_is_not_read_as_the_old_one(tmp_path, kafka, count):
    job = TopicJob(tmp_path, kafka, f"again-{count}").make(1)
    job.put([event(number) for number in range(500)])
    job.drain()
    kafka.topic_tool("--delete", "--topic", job.name)
    wait_until(lambda: job.name not in kafka.topic_tool("--list").split())
    job.make(1)
    job.put([event(number) for number in range(1000, 1000 + count)])
    for more in ([], ["--group", "second"]):
        done = job.drain(*more, code=4)
        assert f"another log named {job.name} (kafka:" in done.stderr
        assert "--source-name" in done.stderr
    job.drain("--source-name", "second")
    assert sorted(job.column("event_id")) == sorted(
        f"e{number}" for number in [*range(500), *range(1000, 1000 + count)]
    )


def test_a_topic_deleted_under_a_worker_stops_it_by_name(tmp_path, kafka, processes):
    job = TopicJob(tmp_path, kafka, "vanishing").make(1)
    job.put([event(number) for number in range(50)])
    worker = job.start_worker("--kafka-property", "topic.metadata.refresh.interval.ms=1000")
    processes.append(worker)
    wait_until(lambda: job.row_count() == 50)
    kafka.topic_tool("--delete", "--topic", job.name)
    assert worker.wait(90) == 4, job.log_of(1)[-2000:]
    assert "vanishing is gone" in job.log_of(1)


def test_first_events_of_added_partitions_are_read(tmp_path, kafka, processes):
    job = TopicJob(tmp_path, kafka, "growing").make(3)
    worker = job.start_worker("--kafka-property", "topic.metadata.refresh.interval.ms=1000")
    processes.append(worker)
    job.put([event(0)])
    wait_until(lambda: job.row_count() == 1)
    kafka.topic_tool("--alter", "--topic", job.name, "--partitions", "6")
    job.wait_for_partitions(6)
    for partition in (3, 4, 5):
        job.put([event(f"{partition}-{number}") for number in range(100)], partition=partition)
    wait_until(lambda: job.row_count() == 301, seconds=60)
    stop_all([worker])
    job.check_ids(["e0"] + [f"e{partition}-{number}" for partition in (3, 4, 5) for number in range(100)])
    assert job.totals()["to_come"] == 0


def test_compacted_offsets_are_absent_not_missing(tmp_path, kafka):
    job = TopicJob(tmp_path, kafka, "compacted").make(
        1,
        "cleanup.policy=compact",
        "segment.ms=200",
        "min.cleanable.dirty.ratio=0.01",
        "max.compaction.lag.ms=500",
        "delete.retention.ms=100",
    )
    job.put([f"k{number}|{event(number)}" for number in range(40)], "-K", "|")
    job.drain()
    job.put([f"same|{event(number)}" for number in range(40, 60)], "-K", "|")
    time.sleep(1)
    job.put([f"same|{event(60)}"], "-K", "|")  # Rolls the segment, so that the one before can be compacted.

    def is_compacted():
        done = kafka.tool(
            "org.apache.kafka.tools.GetOffsetShell", "--bootstrap-server", kafka.bootstrap, "--topic", job.name
        )
        assert done.strip().endswith(":61")
        log = kafka.directory / "data" / "compacted-0"
        return sum(file.read_bytes().count(b"event_id") for file in log.glob("*.log")) < 50

    wait_until(is_compacted, seconds=90, step=1)
    assert "nothing explains" not in job.drain().stderr
    ids = job.column("event_id")
    assert len(ids) == len(set(ids)) and "e60" in ids and len(ids) < 61
    totals = job.totals()
    assert totals["absent"] > 0
    assert totals["committed"] + totals["absent"] == 61 and totals["to_come"] == 0


def test_the_last_events_before_silence_are_seen(tmp_path, kafka, processes):
    job = TopicJob(tmp_path, kafka, "idle").make(2)
    worker = job.start_worker("--flush-age-ms-max", "1s")
    processes.append(worker)
    job.put([event(number) for number in range(7)])
    wait_until(lambda: job.row_count() == 7, seconds=20)
    stop_all([worker])


def test_events_on_both_sides_of_midnight_make_one_file_a_date_and_commit(tmp_path, kafka):
    """Dates that alternate event by event open no file more than dates in order."""
    job = TopicJob(tmp_path, kafka, "midnight").make(1)
    clock = [f"{recent(3)}T23:59:57", f"{recent(3)}T23:59:58", f"{recent(2)}T00:00:01"]
    clock += [f"{recent(3)}T23:59:59", f"{recent(2)}T00:00:02"]
    job.put([event(number, event_ts=clock[number % 5] + "Z") for number in range(50_000)])
    job.drain("--encoders", "1", "--flush-rows-max", "5k")
    job.check_ids([f"e{number}" for number in range(50_000)])
    table = deltalake.DeltaTable(f"{job.lake}/bronze/clicks")
    files = table.file_uris()
    assert sorted({file.split("/")[-2] for file in files}) == [f"dt={recent(3)}", f"dt={recent(2)}"]
    assert len(files) == 2 * table.version(), "each commit after the table's making: one file a date"


def test_an_oversized_event_is_set_aside_beside_its_neighbours(tmp_path, kafka):
    job = TopicJob(tmp_path, kafka, "oversized").make(1)
    job.put([event(0), event(1, page="/" + "a" * 900_000), event(2)])
    job.drain("--event-bytes-max", "500KB")
    job.check_ids(["e0", "e2"])
    assert job.column("reason", "rejects") == ["too_large"]
    assert job.totals()["to_come"] == 0


def test_an_event_the_broker_refuses_is_told(tmp_path, kafka):
    job = TopicJob(tmp_path, kafka, "strict").make(1, "max.message.bytes=200")
    done = run("generate", "--events", "100", "--start", "2026-01-01", "--out", job.url, code=None, seconds=60)
    assert done.returncode != 0
    assert "not delivered" in done.stderr and "max.message.bytes" in done.stderr


@pytest.mark.parametrize(
    "url, arguments, code, words",
    [
        ("kafka://{0}/nowhere", [], 2, "there is no topic nowhere"),
        ("kafka://{0}/bad topic", [], 2, "no topic name"),
        ("kafka://{0}", [], 2, "names no broker or no topic"),
        ("kafka://{0}/idle", ["--kafka-property", "no.such=1"], 2, "no.such"),
        ("kafka://{0}/idle", ["--kafka-property", "nonsense"], 2, "NAME=VALUE"),
    ],
)
def test_a_wrong_setting_is_told_soon_and_touches_nothing(tmp_path, kafka, url, arguments, code, words):
    began = time.monotonic()
    done = run(
        "stream",
        "--from",
        url.format(kafka.bootstrap),
        "--lake",
        tmp_path / "lake",
        "--drain",
        *arguments,
        code=code,
        seconds=90,
    )
    assert words in done.stderr
    assert time.monotonic() - began < 45
    assert not (tmp_path / "lake").exists()

"""Offsets without an event: silent where compaction or transactions explain them, loud where nothing does."""

import datetime
import subprocess

import pytest
from rcml_program import wait_until
from segment_surgery import opened
from services import free_port
from topic_job import TopicJob, delete_before, event, get, parse_metrics, stop_all

UNEXPLAINED = "offsets without an event, and nothing explains them"


@pytest.fixture(scope="module")
def plain_kafka(services):
    """A broker where nobody ever used a transaction."""
    broker = services.start("kafka", name="plain")
    yield broker
    broker.process.stop()


def in_batches(job, count):
    """Batches of ten events, each written by a client of its own."""
    job.make(1)
    for first in range(0, count * 10, 10):
        job.put([event(number) for number in range(first, first + 10)])
    return job


def ids_without(lost, count=100):
    return [f"e{number}" for number in range(count) if number not in lost]


def check_of(report, name):
    return next(check for check in report["checks"] if check["name"] == name)


def test_events_that_a_broker_lost_show_themselves(tmp_path, plain_kafka, processes):
    job = in_batches(TopicJob(tmp_path, plain_kafka, "lossy"), 10)
    with opened(plain_kafka, job.name) as segment:
        segment.remove(40)
        segment.remove(50)
        segment.remove(80)
    address = f"127.0.0.1:{free_port()}"
    processes.append(worker := job.start_worker("--metrics", address))
    wait_until(lambda: job.row_count() == 70)
    wait_until(lambda: UNEXPLAINED in job.log_of(1))
    samples = parse_metrics(get(address, "/metrics")[1])
    stop_all([worker])
    assert samples['rcml_sink_absent_offsets_total{cause="none"}'] == 30
    assert "log=lossy partition=0 first=40 last=59 runs=2 offsets=30" in job.log_of(1)
    job.check_ids(ids_without({*range(40, 60), *range(80, 90)}))

    report = job.audit(code=4)
    assert check_of(report, "offsets")["ok"] and not check_of(report, "absences")["ok"]
    assert [finding["text"] for finding in report["findings"]] == [
        "partition 0, offset 40 to 59: no event, and nothing explains it",
        "partition 0, offset 80 to 89: no event, and nothing explains it",
    ]
    assert (report["partitions"][0]["unexplained"], report["partitions"][0]["absent"]) == (30, 0)
    assert job.totals("--absent-offsets", "expected")["absent"] == 30
    delete_before(job, 60, tmp_path)
    assert job.audit(code=4)["partitions"][0]["unexplained"] == 10
    delete_before(job, 90, tmp_path)
    assert job.totals()["expired"] == 60


def test_events_that_cannot_be_read_are_not_passed_over(tmp_path, plain_kafka):
    job = in_batches(TopicJob(tmp_path, plain_kafka, "damaged"), 10)
    with opened(plain_kafka, job.name) as segment:
        segment.damage(40)
    done = job.drain(code=4)
    assert "events of damaged partition 0 from offset 40 on cannot be read: MessageSet at offset 40" in done.stderr
    assert "kafka-delete-records.sh" in done.stderr and "--on-gap resume" in done.stderr
    job.check_ids(ids_without(range(40, 100)))
    delete_before(job, 50, tmp_path)
    job.drain("--on-gap", "resume")
    job.check_ids(ids_without(range(40, 50)))
    totals = job.totals()
    assert (totals["in_gaps"], totals["expired"], totals["unexplained"]) == (10, 40, 0)


def test_aborted_transactions_are_no_loss(tmp_path, kafka):
    job = TopicJob(tmp_path, kafka, "aborted").make(1)
    job.put([event(number) for number in range(5)])
    transactional = ["-X", "transactional.id=aborting"]
    place = ["kcat", "-P", "-b", kafka.bootstrap, "-t", job.name, "-p", "0"]
    dying = subprocess.Popen([*place, *transactional], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    dying.stdin.write("".join(event(f"-lost-{number}") + "\n" for number in range(2000)))  # More than kcat waits for.
    dying.stdin.flush()
    wait_until(lambda: len(job.values("-X", "isolation.level=read_uncommitted")) > 50)
    dying.kill()
    dying.communicate()
    job.put([event(number) for number in range(5, 10)], *transactional)  # Ends the one before.
    done = job.drain()
    assert UNEXPLAINED not in done.stderr
    job.check_ids([f"e{number}" for number in range(10)])
    totals = job.totals()
    assert (totals["committed"], totals["unexplained"], totals["to_come"]) == (10, 0, 0)
    assert totals["absent"] > 50
    assert "transactions take offsets" in check_of(job.audit(), "absences")["summary"]


def test_a_record_without_a_timestamp_is_judged_alike_at_each_reading(tmp_path, plain_kafka):
    """By the clock, an event of forty days ago would be a reject, and one of last month a row today and a reject tomorrow."""
    job = TopicJob(tmp_path, plain_kafka, "timeless")
    job.make(1)
    long_ago = (datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=40)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for number in range(3):
        job.put([event(number, event_ts=long_ago)])
    with opened(plain_kafka, job.name) as segment:
        segment.forget_time(0)
        segment.forget_time(2)
    job.drain()
    job.check_ids(["e0", "e2"])
    assert job.totals()["rejected"] == 1

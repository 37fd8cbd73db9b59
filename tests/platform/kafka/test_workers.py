"""Workers that come, go, sleep and die, and a broker that dies: each event once all the same."""

import itertools
import json
import re
import signal
import subprocess
import time

from rcml_program import IS_FULL, REPO, SEED, wait_until
from s3_faults import SlowDownProxy
from services import free_port
from topic_job import TopicJob, event, finish, get, parse_metrics, stop_all

QUICK_GROUP = ["--kafka-property", "session.timeout.ms=6000", "--kafka-property", "heartbeat.interval.ms=500"]


def test_workers_come_and_go_under_load(tmp_path, kafka, processes):
    span = 20 if IS_FULL else 2
    job = TopicJob(tmp_path, kafka, "rebalances")
    processes.append(writer := job.start_live(rate=20_000 if IS_FULL else 5_000, seconds=300))
    workers = [job.start_worker(*QUICK_GROUP)]
    processes += workers
    wait_until(lambda: "commit done" in job.log_of(1))
    more = [job.start_worker(*QUICK_GROUP) for _ in range(2)]
    processes += more
    for number in (2, 3):
        wait_until(lambda number=number: "commit done" in job.log_of(number))
    time.sleep(span)
    stop_all([workers[0]])
    time.sleep(span)
    finish(writer)
    stop_all(more)
    job.drain()
    job.check_truth()


def test_several_drains_at_once_all_end(tmp_path, kafka, processes):
    """A newcomer has no partition at first: it must neither leave at once nor wait for ever."""
    job = TopicJob(tmp_path, kafka, "drains").generate(200_000, partitions=4)
    workers = [job.start_worker("--drain", "--flush-age-ms-max", "1s") for _ in range(6)]
    processes += workers
    assert [worker.wait(120) for worker in workers] == [0] * 6, [job.log_of(n)[-500:] for n in range(1, 7)]
    job.check_truth()


def test_a_sleeper_that_wakes_publishes_nothing_twice(tmp_path, kafka, processes):
    job = TopicJob(tmp_path, kafka, "zombie")
    processes.append(writer := job.start_live(rate=5000, seconds=300))
    processes.append(sleeper := job.start_worker(*QUICK_GROUP, "--flush-age-ms-max", "1s"))
    wait_until(lambda: "commit done" in job.log_of(1))
    sleeper.send_signal(signal.SIGSTOP)
    processes.append(heir := job.start_worker(*QUICK_GROUP))
    wait_until(lambda: "commit done" in job.log_of(2))
    sleeper.send_signal(signal.SIGCONT)
    wait_until(lambda: re.search(r"another worker moved our partition|lost=1", job.log_of(1)))
    time.sleep(5 if IS_FULL else 1)
    finish(writer)
    stop_all([sleeper, heir])
    job.drain()
    job.check_truth()


def members(job):
    """How many workers the broker counts in the job's group."""
    done = job.kafka.tool(
        "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
        "--bootstrap-server",
        job.kafka.bootstrap,
        "--describe",
        "--members",
        "--group",
        job.group_env["RCML_KAFKA_GROUP_ID"],
    )
    return done.count("rcml-")


def test_workers_without_a_partition_leave_the_group(tmp_path, kafka, processes):
    """One that only stopped would hold up the next rebalance until its session ends."""
    job = TopicJob(tmp_path, kafka, "spare").make(1)
    job.put([event(0)])
    processes.append(worker := job.start_worker())
    wait_until(lambda: job.row_count() == 1)
    processes.append(spare := job.start_worker())
    wait_until(lambda: members(job) == 2, step=1)
    stop_all([spare])
    assert members(job) == 1
    kafka.topic_tool("--delete", "--topic", job.name)
    assert worker.wait(90) == 4, job.log_of(1)
    assert members(job) == 0


def test_a_partition_that_was_paused_is_read_when_it_comes_back(tmp_path, kafka, s3, processes):
    """A slow store pauses the reading; meanwhile another worker takes a partition, and later gives it back."""
    proxy = SlowDownProxy(s3.port, SEED, refused=0.0)
    lake = f"s3://{s3.bucket}/paused"
    job = TopicJob(tmp_path, kafka, "paused", lake=lake, lake_env=s3.env(proxy.endpoint)).make(2)
    processes.append(worker := job.start_worker("--flush-rows-max", "100"))
    job.put([event("first")])
    wait_until(lambda: "commit done" in job.log_of(1))
    proxy.hold()
    turns = itertools.count()

    def is_paused_by_more_events():
        turn = next(turns)
        for partition in (0, 1):
            job.put([event(f"{turn}-{partition}-{n}") for n in range(200)], partition=partition)
        return "reading is paused" in job.log_of(1)

    wait_until(is_paused_by_more_events, step=0.2)
    job.lake_env = s3.env()
    processes.append(other := job.start_worker())
    wait_until(lambda: "partitions taken" in job.log_of(1) or "partitions given" in job.log_of(2))
    proxy.release()
    wait_until(lambda: "commit done" in job.log_of(2) or "reading log" in job.log_of(2))
    wait_until(lambda: job.totals()["to_come"] == 0)
    stop_all([other])
    wait_until(lambda: job.log_of(1).count("partitions given") >= 2)
    for partition in (0, 1):
        job.put([event(f"last-{partition}")], partition=partition)
    wait_until(lambda: job.totals()["to_come"] == 0)
    stop_all([worker])
    proxy.stop()


def test_a_group_that_does_not_fit_is_told(tmp_path, kafka, processes):
    """The client would try again for ever."""
    job = TopicJob(tmp_path, kafka, "unfit").make(1)
    done = job.drain(
        "--kafka-property", "session.timeout.ms=500", "--kafka-property", "heartbeat.interval.ms=100", code=2
    )
    assert "group.min.session.timeout.ms" in done.stderr
    group = job.group_env["RCML_KAFKA_GROUP_ID"]
    other = ["kcat", "-b", kafka.bootstrap, "-X", "partition.assignment.strategy=range", "-G", group, job.name]
    processes.append(subprocess.Popen(other, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True))
    wait_until(lambda: "assigned" in processes[-1].stderr.readline())
    done = job.drain(code=2)
    assert "--kafka-property group.id=NAME" in done.stderr


def test_a_broker_killed_twice(tmp_path, services, processes):
    kafka = services.start("kafka", name="mortal")
    away = 60 if IS_FULL else 8
    job = TopicJob(tmp_path, kafka, "mortal")
    processes.append(writer := job.start_live(rate=3000, seconds=3 * away))
    metrics = f"127.0.0.1:{free_port()}"
    processes.append(worker := job.start_worker("--metrics", metrics, "--stall-max", "3s"))
    wait_until(lambda: job.row_count() > 0)
    for _ in range(2):
        kafka.process.kill()
        wait_until(lambda: health(metrics) == 503, seconds=away)
        time.sleep(away / 2)
        before = job.row_count()
        kafka.restart()
        wait_until(lambda before=before: job.row_count() > before and health(metrics) == 200, seconds=60)
    assert writer.wait(300) == 0, (tmp_path / "writer.log").read_text()
    stop_all([worker])
    job.drain()
    job.check_truth()
    kafka.process.stop()


def health(address):
    return get(address, "/healthz")[0]


def names_in_dashboard():
    dashboard = json.loads((REPO / "dashboards/grafana/rcml.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    expressions += [variable["query"] for variable in dashboard["templating"]["list"]]
    return set(re.findall(r"\b(?:rcml|process)_[a-z_]+", " ".join(expressions)))


def test_metrics_agree_with_the_lake(tmp_path, kafka, processes):
    job = TopicJob(tmp_path, kafka, "metrics").generate(30_000, "hostile")
    address = f"127.0.0.1:{free_port()}"
    processes.append(worker := job.start_worker("--metrics", address))
    wait_until(lambda: job.row_count() > 0)
    wait_until(
        lambda: parse_metrics(get(address, "/metrics")[1])["rcml_sink_lag"] == 0 and job.totals()["to_come"] == 0
    )
    time.sleep(1.5)
    samples = parse_metrics(get(address, "/metrics")[1])
    totals = job.totals()
    assert samples["rcml_sink_rows_total"] == totals["committed"]
    assert (
        sum(value for name, value in samples.items() if name.startswith("rcml_sink_rejects_total"))
        == totals["rejected"]
    )
    assert samples["rcml_sink_events_read_total"] == totals["committed"] + totals["rejected"] + totals["tombstones"]
    assert samples["rcml_sink_lag"] == 0
    assert get(address, "/healthz")[0] == 200
    exported = {name.split("{")[0] for name in samples}
    assert names_in_dashboard() == exported, (
        "dashboards/grafana/rcml.json shows every metric, and none that is not there"
    )
    stop_all([worker])
    job.check_truth()

"""Workers that come, go, sleep and die, and a broker that dies: each event once all the same."""

import json
import re
import signal
import time

from rcml_program import IS_FULL, REPO, wait_until
from services import free_port
from topic_job import TopicJob, finish, get, parse_metrics, stop_all

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

"""From a topic into a lake on a real S3 server: odd prefixes, a bad network, a busy store, workers killed in mid upload."""

import os
import random
import time

import duckdb
import pytest
from rcml_program import IS_FULL, SEED, kill_after, run, start, wait_until
from s3_faults import Link, SlowDownProxy
from services import free_port
from topic_job import SMALL_FLUSH, TopicJob, event, finish, get, stop_all


def job_on_s3(root, kafka, s3, name, prefix=None, endpoint=None):
    return TopicJob(root, kafka, name, lake=f"s3://{s3.bucket}/{prefix or name}", lake_env=s3.env(endpoint))


PREFIXES = ["plain", "deep/er/way", "cl icks+v2", "dt=1/ü&(x)", "per%20cent", "100%/a#b?c"]


@pytest.mark.parametrize("number, prefix", list(enumerate(PREFIXES)))
def test_any_prefix_holds_a_lake(tmp_path, kafka, s3, number, prefix):
    job = job_on_s3(tmp_path, kafka, s3, f"prefix-{number}", prefix).generate(20_000)
    job.drain()
    folder = s3.directory / "data" / s3.bucket / prefix
    assert (folder / "bronze/clicks/_delta_log").is_dir()
    if "%" in prefix:
        job.read_by_disk(folder)
    job.check_truth()


@pytest.mark.parametrize(
    "kind, attributes, toxicity",
    [
        ("latency", {"latency": 150, "jitter": 100}, 1.0),
        ("reset_peer", {"timeout": 20}, 0.2),
        ("limit_data", {"bytes": 200_000}, 0.3),
        ("half_uploads", {"bytes": 40_000}, 0.3),
        ("slicer", {"average_size": 500, "size_variation": 200, "delay": 10}, 1.0),
    ],
)
def test_a_bad_network_to_the_store(tmp_path, kafka, s3, toxiproxy, kind, attributes, toxicity):
    link = Link(toxiproxy, f"s3-{kind}", s3.port, free_port())
    job = job_on_s3(
        tmp_path, kafka, s3, f"net-{kind.replace('_', '-')}", endpoint=f"http://127.0.0.1:{link.port}"
    ).generate(40_000)
    if kind == "half_uploads":
        link.add("limit_data", stream="upstream", toxicity=toxicity, **attributes)
    else:
        link.add(kind, toxicity=toxicity, **attributes)
    for _ in range(20):
        if job.drain(*SMALL_FLUSH, code=None, seconds=300).returncode == 0:
            break
    link.remove("limit_data" if kind == "half_uploads" else kind)
    job.drain()
    job.check_truth()


def unfinished_uploads(s3):
    """What the server keeps of uploads that nobody finished, as it lies on its disk."""
    return [path for path in (s3.directory / "data" / s3.bucket).rglob(".sgwtmp/multipart/*/*") if path.is_dir()]


ONE_BIG_FILE = ["--encoders", "1", "--flush-age-ms-max", "1h"]
BIG_FILE_EVENTS = 80_000


def put_what_fills_parts(job):
    """Events that do not compress, so that their one file takes several parts."""
    random_bytes = random.Random(SEED)
    job.make(1)
    job.put([event(number, page=random_bytes.randbytes(125).hex()) for number in range(BIG_FILE_EVENTS)])


def check_all_there(job):
    job.check_ids([f"e{number}" for number in range(BIG_FILE_EVENTS)])
    assert job.totals()["to_come"] == 0


@pytest.mark.parametrize("answer", ["503", "200 with an error inside"])
def test_the_end_of_a_multipart_upload_is_refused(tmp_path, kafka, s3, answer):
    proxy = SlowDownProxy(s3.port, SEED, refused=0.0)
    proxy.refuse_completes(3, 503 if answer == "503" else 200)
    job = job_on_s3(tmp_path, kafka, s3, f"complete-{answer[:3]}", endpoint=proxy.endpoint)
    put_what_fills_parts(job)
    for _ in range(4):
        if job.drain(*ONE_BIG_FILE, code=None).returncode == 0:
            break
    proxy.stop()
    assert proxy.refused_count == 3
    job.lake_env = s3.env()
    job.drain()
    check_all_there(job)


def test_uploads_of_a_killed_worker_are_swept(tmp_path, kafka, s3):
    busy = SlowDownProxy(s3.port, SEED, refused=0.0)
    busy.refuse_completes(1_000_000, 503)
    prefix = "stale/100% of it"
    job = job_on_s3(tmp_path, kafka, s3, "stale", prefix, endpoint=busy.endpoint)
    put_what_fills_parts(job)
    job.read_by_disk(s3.directory / "data" / s3.bucket / prefix)
    worker = start(*job.arguments("--drain", *ONE_BIG_FILE), env=job.lake_env, log=tmp_path / "worker1.log")
    wait_until(lambda: unfinished_uploads(s3), seconds=120)
    worker.kill()
    worker.wait()
    busy.stop()
    job.lake_env = s3.env()
    vacuum = ["lake", "vacuum", "--lake", job.lake, "--orphan-age-min", "1h"]
    assert " 0 unfinished uploads removed" in run(*vacuum, env=job.lake_env).stdout
    for upload in unfinished_uploads(s3):
        os.utime(upload, (time.time() - 7200,) * 2)
    assert "(unfinished upload)" in run(*vacuum, "--dry-run", env=job.lake_env).stdout
    assert unfinished_uploads(s3)
    assert " 1 unfinished uploads removed" in run(*vacuum, env=job.lake_env).stdout
    assert not unfinished_uploads(s3)
    job.drain("--kafka-property", "group.id=not-the-dead-one")
    check_all_there(job)


@pytest.mark.parametrize("refused, lost", [(0.3, 0.0), (0.1, 0.1)])
def test_a_busy_store_and_lost_replies(tmp_path, kafka, s3, refused, lost):
    proxy = SlowDownProxy(s3.port, SEED, refused, lost)
    job = job_on_s3(tmp_path, kafka, s3, f"busy-{int(lost * 10)}", endpoint=proxy.endpoint).generate(60_000)
    runs = 0
    for _ in range(5):
        runs += 1
        done = job.drain(*SMALL_FLUSH, code=None, seconds=300)
        if done.returncode == 0:
            break
    proxy.stop()
    assert "IncompleteBody" not in done.stderr
    assert done.returncode == 0, done.stderr
    print(
        f"{proxy.refused_count} refused, {proxy.lost_count} lost, {proxy.passed_count} passed, {runs} runs, seed {SEED}"
    )
    assert proxy.refused_count + proxy.lost_count > 10
    job.lake_env = s3.env()
    job.drain()
    job.check_truth()


def test_a_black_hole_does_not_cost_the_place_in_the_group(tmp_path, kafka, s3, toxiproxy, processes):
    link = Link(toxiproxy, "hole", s3.port, free_port())
    job = job_on_s3(tmp_path, kafka, s3, "hole", endpoint=f"http://127.0.0.1:{link.port}")
    writer = job.start_live(rate=5000, seconds=45 if IS_FULL else 25)
    worker = job.start_worker(
        "--kafka-property", "session.timeout.ms=6000", "--kafka-property", "max.poll.interval.ms=10000"
    )
    processes += [writer, worker]
    wait_until(lambda: "commit done" in job.log_of(1))
    link.add("timeout", timeout=0)
    time.sleep(25 if IS_FULL else 14)
    link.remove("timeout")
    assert writer.wait(90) == 0
    time.sleep(3)
    stop_all([worker])
    assert "lost=1" not in job.log_of(1), job.log_of(1)[-3000:]
    job.drain()
    job.check_truth()


@pytest.mark.skipif(not IS_FULL, reason="takes ten minutes: make test-faults runs it")
def test_a_store_that_is_away_is_waited_for_and_health_is_red(tmp_path, kafka, s3, toxiproxy, processes):
    """Refused connections for longer than any client tries by itself; the same worker goes on afterwards."""
    link = Link(toxiproxy, "away", s3.port, free_port())
    job = job_on_s3(tmp_path, kafka, s3, "away", endpoint=f"http://127.0.0.1:{link.port}")
    processes.append(writer := job.start_live(rate=500, seconds=600))
    address = f"127.0.0.1:{free_port()}"
    processes.append(worker := job.start_worker("--metrics", address, "--flush-age-ms-max", "500ms"))
    wait_until(lambda: "commit done" in job.log_of(1))
    link.enable(False)
    wait_until(lambda: get(address, "/healthz")[0] == 503, seconds=120)
    # The store's client tries each request for about a minute before it says that it failed.
    wait_until(lambda: "the store has not answered for" in get(address, "/healthz")[1], seconds=300)
    time.sleep(420)
    assert worker.poll() is None, job.log_of(1)[-3000:]
    committed = job.log_of(1).count("commit done")
    link.enable(True)
    wait_until(lambda: job.log_of(1).count("commit done") > committed, seconds=120)
    wait_until(lambda: get(address, "/healthz")[0] == 200, seconds=60)
    finish(writer)
    stop_all([worker])
    job.drain()
    job.check_truth()


def test_an_outage_without_anything_to_commit_ends_too(tmp_path, kafka, s3, toxiproxy, processes):
    """The partitions of an idle topic are dealt out again while the store is away: no commit follows that would prove it is back."""
    link = Link(toxiproxy, "quiet-store", s3.port, free_port())
    job = job_on_s3(tmp_path, kafka, s3, "quiet-store", endpoint=f"http://127.0.0.1:{link.port}").generate(2000)
    address = f"127.0.0.1:{free_port()}"
    processes.append(first := job.start_worker("--metrics", address, "--flush-age-ms-max", "500ms"))
    wait_until(lambda: "commit done" in job.log_of(1) and "rcml_sink_lag 0\n" in get(address, "/metrics")[1])
    link.enable(False)
    processes.append(second := job.start_worker(env=s3.env()))
    wait_until(lambda: "the store is away" in job.log_of(1), seconds=120)
    link.enable(True)
    wait_until(lambda: get(address, "/healthz")[0] == 200, seconds=120)
    time.sleep(8)
    assert get(address, "/healthz")[0] == 200
    assert "rcml_sink_store_outage_seconds 0\n" in get(address, "/metrics")[1]
    stop_all([first, second])
    job.check_truth()


@pytest.mark.skipif(not IS_FULL, reason="takes five minutes: make test-faults runs it")
def test_an_outage_has_a_bound(tmp_path, kafka, s3, toxiproxy, processes):
    """The bound is looked at between two requests, and each may take its own minute."""
    link = Link(toxiproxy, "bound", s3.port, free_port())
    job = job_on_s3(tmp_path, kafka, s3, "bound", endpoint=f"http://127.0.0.1:{link.port}")
    processes.append(job.start_live(rate=500, seconds=600))
    processes.append(worker := job.start_worker("--outage-max", "2s", "--flush-age-ms-max", "500ms"))
    wait_until(lambda: "commit done" in job.log_of(1))
    link.enable(False)
    assert worker.wait(480) == 3, job.log_of(1)[-3000:]


def test_kills_in_mid_upload(tmp_path, kafka, s3, processes):
    """The writer never ends before the last kill, and each worker has a group of its own: none waits for the dead one."""
    kills = 50 if IS_FULL else 8
    moment = random.Random(SEED)
    job = job_on_s3(tmp_path, kafka, s3, "kills")
    processes.append(writer := job.start_live(rate=10_000, seconds=600))
    seconds_max = 2.0
    number = 0
    while number < kills or job.row_count() == 0:
        group = ["--kafka-property", f"group.id=kills-{number}"]
        assert kill_after(job.start_worker(*group, "--flush-rows-max", "3k"), moment.uniform(0.3, seconds_max))
        number += 1
        if number >= kills:
            seconds_max *= 1.5  # A slow machine: no worker has lived long enough to publish anything.
        assert seconds_max < 60, f"{number} workers were started and killed, and none has published a row"
    print(f"{number} kills, {job.row_count()} rows in the lake by then, seed {SEED}")
    finish(writer)
    job.drain()
    job.check_truth()


def test_lists_that_lag_lose_no_row(tmp_path, kafka, s3):
    """The loader takes files from the log. A log whose newest entries are not listed yet is loaded as far as it is seen,
    and the rest with the next run."""
    job = job_on_s3(tmp_path, kafka, s3, "lagging")
    job.make(1)
    for first in range(0, 600, 100):
        job.put([event(number) for number in range(first, first + 100)])
        job.drain()
    proxy = SlowDownProxy(s3.port, SEED, refused=0.0)
    file = tmp_path / "clicks.duckdb"

    def loaded():
        load = ["load", "--lake", job.lake, "--warehouse", f"duckdb:{file}"]
        run(*load, env={**job.lake_env, **s3.env(proxy.endpoint)})
        with duckdb.connect(str(file), read_only=True) as connection:
            return connection.execute("select count(*), count(distinct event_id) from raw.raw_clicks").fetchone()

    proxy.hide(r"<Key>[^<]*(dt=[^<]*\.parquet|_delta_log/0*[56]\.json)</Key>")
    assert loaded() == (400, 400)
    assert proxy.hidden_count > 0
    proxy.hide(r"<Key>[^<]*dt=[^<]*\.parquet</Key>")
    assert loaded() == (600, 600)
    proxy.hide(None)
    assert loaded() == (600, 600)
    proxy.stop()

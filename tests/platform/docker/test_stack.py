"""The commands of docker-compose.yml, run as they stand there on real servers, outside containers.

What a container would give them is put in its place: host names become loopback addresses, /data a temporary folder.
"""

import contextlib
import gzip
import json
import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest
import rcml_program
import services as servers
from rcml_program import wait_until

PROMETHEUS = rcml_program.DEPS / "prometheus-debian/usr/bin/prometheus"
POSTGRES_URL = "postgres://rcml:rcml-on-loopback@postgres:5432/rcml"


class ComposeKafka(servers.Kafka):
    """A broker with the settings of the compose file: KAFKA_A_B is a.b, as the image reads it."""

    def __init__(self, directory, environment):
        self.environment = environment
        super().__init__(directory)

    def _properties(self):
        self.inside = f"127.0.0.1:{self.inner_proxy_port}"
        places = {
            "HOST://0.0.0.0:9092": f"HOST://127.0.0.1:{self.port}",
            "HOST://localhost:9092": f"HOST://127.0.0.1:{self.port}",
            "INSIDE://0.0.0.0:19092": f"INSIDE://{self.inside}",
            "INSIDE://kafka:19092": f"INSIDE://{self.inside}",
            "CONTROLLER://0.0.0.0:9093": f"CONTROLLER://127.0.0.1:{self.controller_port}",
            "1@kafka:9093": f"1@127.0.0.1:{self.controller_port}",
            "/var/lib/kafka/data": str(self.directory / "data"),
        }
        lines = []
        for name, value in self.environment.items():
            for there, here in places.items():
                value = str(value).replace(there, here)
            lines.append(f"{name.removeprefix('KAFKA_').lower().replace('_', '.')}={value}")
        # Small, for a machine that runs other things too; none of these changes what the stack does.
        lines += ["offsets.topic.num.partitions=1", "log.cleaner.dedupe.buffer.size=4194304"]
        return "\n".join(lines) + "\n"


class Stack:
    """The services of the compose file that are running here."""

    def __init__(self, compose, root):
        self.compose, self.root, self.running = compose["services"], root, {}
        self.data = root / "data"
        self.data.mkdir()
        self.metrics_port, self.page_port, self.s3_port = (servers.free_port() for _ in range(3))
        self.servers = servers.Services(root / "servers")
        (root / "servers/kafka").mkdir(parents=True)
        self.kafka = ComposeKafka(root / "servers/kafka", self.compose["kafka"]["environment"])
        self.servers.running.append(self.kafka)

    def here(self, text):
        for there, mine in {
            "kafka:19092": self.kafka.inside,
            "http://s3:7070": f"http://127.0.0.1:{self.s3_port}",
            "0.0.0.0:9464": f"127.0.0.1:{self.metrics_port}",
            "127.0.0.1/9464": f"127.0.0.1/{self.metrics_port}",
            "stream:9464": f"127.0.0.1:{self.metrics_port}",
            "0.0.0.0:8080": f"127.0.0.1:{self.page_port}",
            "127.0.0.1/8080": f"127.0.0.1/{self.page_port}",
            "/data": str(self.data),
        }.items():
            text = text.replace(there, mine)
        return text

    def environment(self, service, **more):
        """The container's environment and nothing of this shell's; dbt is where this machine has it."""
        given = {name: self.here(str(value)) for name, value in self.compose[service]["environment"].items()}
        return {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.data),
            "XDG_CACHE_HOME": str(self.root / "cache"),
            "RCML_TRANSFORM_DBT_BIN": str(rcml_program.DEPS / "python-tools/bin/dbt"),
            **given,
            **more,
        }

    def start(self, service, **more):
        command = [rcml_program.RCML, *map(self.here, self.compose[service]["command"])]
        log = self.root / f"{service}.log"
        process = servers.Process(service, command, log, env=self.environment(service, **more), cwd=self.data)
        self.running[service] = process
        return process

    def log(self, service):
        return (self.root / f"{service}.log").read_text()

    def is_healthy(self, service):
        """The container's own health check."""
        kind, *command = self.compose[service]["healthcheck"]["test"]
        assert kind == "CMD"
        return subprocess.run([self.here(word) for word in command], capture_output=True).returncode == 0

    def wait_for(self, service, condition, seconds=120):
        def is_there():
            code = self.running[service].child.poll()
            assert code is None, f"{service} ended with {code}:\n{self.log(service)}"
            return condition()

        try:
            wait_until(is_there, seconds)
        except AssertionError as late:
            raise AssertionError(f"{late}\n{self.log(service)}") from late

    def stop(self, service):
        """As `docker compose stop` does it; returns the exit code."""
        process = self.running.pop(service).child
        process.send_signal(signal.SIGTERM)
        return process.wait(60)

    def end(self):
        for process in self.running.values():
            process.kill()
        self.servers.stop()


@pytest.fixture(scope="module")
def live(stack, tmp_path_factory):
    """Kafka with its topic, S3 with its bucket, stream and shoppers."""
    running = Stack(stack, tmp_path_factory.mktemp("stack"))
    try:
        start_servers(running)
        running.start("stream")
        running.start("generate")
        yield running
    finally:
        running.end()


def start_servers(running):
    topic = [word for word in running.compose["kafka-topic"]["command"][1:] if "--bootstrap-server" not in word]
    running.kafka.topic_tool(*topic)
    running.kafka.topic_tool(*topic)  # A second `up` changes nothing.
    subprocess.run([running.here(word) for word in running.compose["s3-bucket"]["entrypoint"]], check=True)
    s3 = running.compose["s3"]
    words = [running.here(word).replace(":7070", f"127.0.0.1:{running.s3_port}") for word in s3["command"]]
    env = {**os.environ, **s3["environment"]}
    log = running.root / "s3.log"
    running.running["s3"] = servers.Process("s3", [str(servers.need(servers.VERSITYGW, "s3")), *words], log, env=env)
    servers.wait_for_port(running.s3_port, running.running["s3"].child, log)
    path = re.search(r"127\.0\.0\.1:7070(/\S+)", " ".join(s3["healthcheck"]["test"])).group(1)
    with urllib.request.urlopen(f"http://127.0.0.1:{running.s3_port}{path}", timeout=10) as answer:
        assert answer.status == 200


def metrics(running):
    with urllib.request.urlopen(f"http://127.0.0.1:{running.metrics_port}/metrics", timeout=10) as answer:
        return answer.read().decode()


def test_the_stream_becomes_healthy_and_commits(live):
    live.wait_for("stream", lambda: live.is_healthy("stream"))
    live.wait_for("stream", lambda: "commit done" in live.log("stream"))


def test_a_dead_stream_is_not_healthy(live):
    kept, live.metrics_port = live.metrics_port, servers.free_port()
    try:
        assert not live.is_healthy("stream")
    finally:
        live.metrics_port = kept


def test_prometheus_reads_the_stream(live, tmp_path):
    assert PROMETHEUS.exists(), "Prometheus is missing. Run: tools/setup.sh docker"
    port = servers.free_port()
    text = (rcml_program.REPO / "docker/prometheus.yml").read_text()
    config = tmp_path / "prometheus.yml"
    config.write_text(
        live.here(text).replace("localhost:9090", f"127.0.0.1:{port}").replace("interval: 15s", "interval: 1s")
    )
    places = {"/etc/prometheus/prometheus.yml": str(config), "=/prometheus": f"={tmp_path / 'data'}"}
    words = live.compose["prometheus"]["command"]
    for there, here in places.items():
        words = [word.replace(there, here) for word in words]
    command = [str(PROMETHEUS), *words, f"--web.listen-address=127.0.0.1:{port}"]
    process = servers.Process("prometheus", command, tmp_path / "prometheus.log")
    try:
        servers.wait_for_port(port, process.child, tmp_path / "prometheus.log")

        def asked(query):
            url = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": query})
            # It answers 503 until it has read its own log.
            with contextlib.suppress(urllib.error.HTTPError), urllib.request.urlopen(url, timeout=10) as answer:
                return [float(found["value"][1]) for found in json.load(answer)["data"]["result"]]
            return []

        wait_until(lambda: asked('up{job="rcml_stream"}') == [1.0])
        name = re.search(r"^(rcml_\w+)", metrics(live), re.M).group(1)
        wait_until(lambda: asked(name) != [])
    finally:
        process.stop()


def test_load_transform_and_audit_by_the_clock(live):
    live.start("run")
    live.wait_for("run", lambda: "round done" in live.log("run") or "round failed" in live.log("run"), 180)
    assert "round failed" not in live.log("run"), live.log("run")
    assert live.stop("run") == 0
    assert (live.data / "clicks.duckdb").exists()


def test_the_page_answers_on_loopback(live):
    live.start("dashboard")
    live.wait_for("dashboard", lambda: live.is_healthy("dashboard"))
    request = urllib.request.Request(f"http://127.0.0.1:{live.page_port}/", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert b"<html" in gzip.decompress(answer.read()).lower()
    assert live.stop("dashboard") == 0


def test_the_pages_postgres_works_as_the_warehouse(live):
    page = (rcml_program.REPO / "docs/operations/docker.md").read_text()
    assert f"RCML_WAREHOUSE={POSTGRES_URL}" in page
    given = live.compose["postgres"]["environment"]
    named = urllib.parse.urlsplit(POSTGRES_URL)
    assert (named.username, named.password) == (given["POSTGRES_USER"], given["POSTGRES_PASSWORD"])
    assert named.path == f"/{given['POSTGRES_DB']}"
    server = live.servers.start_postgres()
    url = server.url.replace("rcml@", f"rcml:{named.password}@")
    env = live.environment("run", RCML_WAREHOUSE=url)
    done = subprocess.run(
        [rcml_program.RCML, "load"], env=env, cwd=live.data, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr


def test_stopping_the_stack_loses_nothing(live):
    assert live.stop("generate") == 0
    time.sleep(0.5)
    assert live.stop("stream") == 0
    # What came after the last commit is read by the next start.
    env = live.environment("stream")
    drained = subprocess.run(
        [rcml_program.RCML, "stream", "--drain"], env=env, cwd=live.data, capture_output=True, text=True
    )
    assert drained.returncode == 0, drained.stderr
    audit = subprocess.run(
        [rcml_program.RCML, "audit", "--warehouse", "", "--json"], env=env | {"RCML_WAREHOUSE": ""}, cwd=live.data,
        capture_output=True, text=True,
    )  # fmt: skip
    assert audit.returncode == 0, audit.stdout + audit.stderr
    print(audit.stdout[-400:])

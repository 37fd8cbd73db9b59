#!/usr/bin/env python3
"""Starts and stops the real servers that tests and demos need, on loopback with free ports.

    tools/services.py start kafka s3 postgres --dir var/services     prints NAME=VALUE lines to source
    tools/services.py stop --dir var/services

Each server's state (pid, ports, data) lives under --dir; `stop` ends only what `start` began, by pid. As a module:
`with Services(directory) as services: kafka = services.start_kafka()`.
"""

import argparse
import base64
import contextlib
import functools
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "rcml"
DEPS = CACHE / "deps"
KAFKA_LIBS = DEPS / "kafka-4.3.1"
VERSITYGW = DEPS / "versitygw-1.8.0" / "versitygw"
TOXIPROXY = DEPS / "toxiproxy-2.5.0" / "server"
KAFKA_USER = "rcml"
KAFKA_PASSWORD = "rcmlkafkasecret"
S3_ACCESS_KEY = "rcmltest"
S3_SECRET_KEY = "rcmltestsecret"
S3_REGION = "us-east-1"


class ServiceError(RuntimeError):
    pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def need(path, setup_part):
    if not path.exists():
        raise ServiceError(f"{path.name} is missing ({path}). Run: tools/setup.sh {setup_part}")
    return path


def wait_for_port(port, process, log, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ServiceError(f"server ended with {process.returncode}; see {log}\n{tail(log)}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise ServiceError(f"no answer on port {port} after {seconds} s; see {log}\n{tail(log)}")


def tail(log, lines=15):
    with contextlib.suppress(OSError):
        return "\n".join(pathlib.Path(log).read_text(errors="replace").splitlines()[-lines:])
    return ""


class Process:
    """A child in its own process group, with its log file."""

    def __init__(self, name, command, log, env=None, cwd=None, user=None):
        self.name, self.command, self.log, self.env, self.cwd, self.user = name, command, log, env, cwd, user
        self.start()

    def start(self):
        with open(self.log, "ab") as out:
            self.child = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=self.env,
                cwd=self.cwd,
                user=self.user,
                start_new_session=True,
            )
        self.pid = self.child.pid

    def send(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def stop(self, number=signal.SIGTERM, seconds=10):
        self.send(number)
        try:
            self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.send(signal.SIGKILL)
            self.child.wait()

    def kill(self):
        self.stop(signal.SIGKILL)


def make_certificate(directory):
    """A CA of our own and a certificate of 127.0.0.1 signed by it: ca.pem and server.pem (key and certificate)."""
    run = functools.partial(subprocess.run, check=True, capture_output=True, cwd=directory)
    (directory / "san.txt").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    run(
        ["openssl", "req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=rcml test"]
    )
    run(["openssl", "req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=127.0.0.1"])
    signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "san.txt", "-days", "2"]
    run(["openssl", "x509", "-req", "-in", "server.csr", *signed, "-out", "server.crt"])
    (directory / "server.pem").write_text(
        (directory / "server.key").read_text() + (directory / "server.crt").read_text()
    )
    (directory / "server.pem").chmod(0o600)
    return directory / "ca.pem"


class Kafka:
    """One KRaft broker. `proxy_port`, when given, is what a second listener tells its clients to come back to.

    With `secure` there is a SASL_SSL listener too, at `secure_bootstrap`: its certificate is signed by `ca_file`, and
    user KAFKA_USER logs in with KAFKA_PASSWORD by PLAIN or SCRAM-SHA-512.
    """

    def __init__(self, directory, proxy_port=None, secure=False):
        need(KAFKA_LIBS, "kafka")
        self.directory = directory
        self.secure_port = free_port() if secure else None
        self.port, self.controller_port, self.inner_proxy_port = free_port(), free_port(), free_port()
        self.proxy_port = proxy_port
        self.bootstrap = f"127.0.0.1:{self.port}"
        (directory / "data").mkdir(parents=True)
        if secure:
            self.secure_bootstrap = f"127.0.0.1:{self.secure_port}"
            self.ca_file = make_certificate(directory)
        self.properties = directory / "server.properties"
        self.properties.write_text(self._properties())
        log = directory / "kafka.log"
        with open(log, "ab") as out:
            cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
            # One word: an id may begin with a dash.
            words = [f"--cluster-id={cluster}", "-c", str(self.properties)]
            if secure:
                words += ["--add-scram", f"SCRAM-SHA-512=[name={KAFKA_USER},password={KAFKA_PASSWORD}]"]
            subprocess.run(
                self._java("kafka.tools.StorageTool", "format", *words),
                check=True,
                stdout=out,
                stderr=out,
            )
        self.process = Process("kafka", self._java("kafka.Kafka", str(self.properties)), log)
        wait_for_port(self.port, self.process.child, log)

    def _java(self, main, *arguments):
        return [
            "java",
            "-Xms192m",
            "-Xmx192m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            f"{KAFKA_LIBS}/*",
            main,
            *arguments,
        ]

    def _properties(self):
        listeners = f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{self.controller_port}"
        advertised = f"PLAINTEXT://127.0.0.1:{self.port}"
        if self.secure_port:
            listeners += f",SECURE://127.0.0.1:{self.secure_port}"
            advertised += f",SECURE://127.0.0.1:{self.secure_port}"
        if self.proxy_port:
            listeners += f",PROXIED://127.0.0.1:{self.inner_proxy_port}"
            advertised += f",PROXIED://127.0.0.1:{self.proxy_port}"
        return (
            "\n".join(
                [
                    "process.roles=broker,controller",
                    "node.id=1",
                    f"controller.quorum.voters=1@127.0.0.1:{self.controller_port}",
                    f"listeners={listeners}",
                    f"advertised.listeners={advertised}",
                    "controller.listener.names=CONTROLLER",
                    "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,"
                    "SECURE:SASL_SSL",
                    *(self._secure_properties() if self.secure_port else []),
                    "inter.broker.listener.name=PLAINTEXT",
                    f"log.dirs={self.directory / 'data'}",
                    "num.partitions=4",
                    "num.network.threads=2",
                    "num.io.threads=2",
                    "log.cleaner.dedupe.buffer.size=4194304",
                    "log.cleaner.backoff.ms=500",
                    "offsets.topic.num.partitions=1",
                    "offsets.topic.replication.factor=1",
                    "transaction.state.log.num.partitions=1",
                    "transaction.state.log.replication.factor=1",
                    "transaction.state.log.min.isr=1",
                    "share.coordinator.state.topic.replication.factor=1",
                    "share.coordinator.state.topic.min.isr=1",
                    "share.coordinator.state.topic.num.partitions=1",
                    "group.initial.rebalance.delay.ms=0",
                    "auto.create.topics.enable=false",
                    "broker.session.timeout.ms=1500",
                    "broker.heartbeat.interval.ms=300",
                    "initial.broker.registration.timeout.ms=20000",
                    "group.min.session.timeout.ms=1000",
                    "log.retention.check.interval.ms=1000",
                    "log.initial.task.delay.ms=500",
                    "log.segment.delete.delay.ms=100",
                ]
            )
            + "\n"
        )

    def _secure_properties(self):
        module = "org.apache.kafka.common.security"
        return [
            "listener.name.secure.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512",
            f"listener.name.secure.scram-sha-512.sasl.jaas.config={module}.scram.ScramLoginModule required;",
            f"listener.name.secure.plain.sasl.jaas.config={module}.plain.PlainLoginModule required "
            f'user_{KAFKA_USER}="{KAFKA_PASSWORD}";',
            "listener.name.secure.ssl.keystore.type=PEM",
            f"listener.name.secure.ssl.keystore.location={self.directory / 'server.pem'}",
        ]

    def restart(self):
        self.process.start()
        wait_for_port(self.port, self.process.child, self.process.log)

    def topic_tool(self, *arguments):
        """kafka-topics, e.g. topic_tool("--create", "--topic", "t", "--partitions", "3")."""
        done = subprocess.run(
            self._java("org.apache.kafka.tools.TopicCommand", "--bootstrap-server", self.bootstrap, *arguments),
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise ServiceError(f"kafka-topics {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout

    def tool(self, main, *arguments, **options):
        return subprocess.run(
            self._java(main, *arguments), capture_output=True, text=True, check=True, **options
        ).stdout

    def env(self):
        return {"KAFKA_BOOTSTRAP": self.bootstrap}


class S3:
    """versitygw over a folder: objects are plain files under data/BUCKET/KEY."""

    def __init__(self, directory, bucket="rcml-test"):
        self.directory, self.bucket = directory, bucket
        (directory / "data" / bucket).mkdir(parents=True)
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        env = dict(os.environ, ROOT_ACCESS_KEY=S3_ACCESS_KEY, ROOT_SECRET_KEY=S3_SECRET_KEY)
        log = directory / "s3.log"
        command = [
            str(need(VERSITYGW, "s3")),
            "--port",
            f"127.0.0.1:{self.port}",
            "--region",
            S3_REGION,
            "posix",
            str(directory / "data"),
        ]
        self.process = Process("s3", command, log, env=env)
        wait_for_port(self.port, self.process.child, log)

    def env(self, endpoint=None):
        return {
            "AWS_ACCESS_KEY_ID": S3_ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": S3_SECRET_KEY,
            "AWS_REGION": S3_REGION,
            "AWS_ENDPOINT_URL": endpoint or self.endpoint,
            "S3_BUCKET": self.bucket,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def restart(self):
        self.process.start()
        wait_for_port(self.port, self.process.child, self.process.log)


class Postgres:
    """A private cluster; its superuser is `rcml` without a password, on loopback only."""

    def __init__(self, directory):
        self.directory, self.port = directory, free_port()
        binaries = self._binaries()
        data = directory / "data"
        directory.mkdir(parents=True, exist_ok=True)
        user = "postgres" if os.geteuid() == 0 else None
        if user:
            shutil.chown(directory, user)
            self._open_way(directory)
        log = directory / "postgres.log"
        log.touch()
        if user:
            shutil.chown(log, user)
        subprocess.run(
            [binaries / "initdb", "-D", data, "-U", "rcml", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"],
            check=True,
            stdout=subprocess.DEVNULL,
            user=user,
            cwd=directory,
        )
        settings = [
            "fsync=off",
            "listen_addresses=127.0.0.1",
            f"port={self.port}",
            f"unix_socket_directories={directory}",
            "max_wal_size=4GB",
            "shared_buffers=256MB",
            "log_min_messages=warning",
        ]
        command = [str(binaries / "postgres"), "-D", str(data)]
        for setting in settings:
            command += ["-c", setting]
        self.process = Process("postgres", command, log, user=user, cwd=directory)
        wait_for_port(self.port, self.process.child, log)
        self.url = f"postgres://rcml@127.0.0.1:{self.port}/postgres"

    @staticmethod
    def _binaries():
        found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
        if not found:
            raise ServiceError("PostgreSQL is missing. Run: tools/setup.sh postgres")
        return found[-1].parent

    @staticmethod
    def _open_way(directory):
        """The postgres user must be able to walk down to its folder."""
        for parent in directory.resolve().parents:
            if not parent.stat().st_mode & 0o001 and parent.owner() == pwd.getpwuid(os.geteuid()).pw_name:
                parent.chmod(parent.stat().st_mode | 0o011)

    def env(self):
        return {"RCML_TEST_POSTGRES": self.url, "RCML_DBT_PG_HOST": "127.0.0.1", "RCML_DBT_PG_PORT": str(self.port)}


class Toxiproxy:
    """Faults on the way to a server: latency, resets, black holes. Controlled by its HTTP API at self.api."""

    def __init__(self, directory):
        directory.mkdir(parents=True, exist_ok=True)
        port = free_port()
        self.api = f"http://127.0.0.1:{port}"
        log = directory / "toxiproxy.log"
        self.process = Process(
            "toxiproxy", [str(need(TOXIPROXY, "toxiproxy")), "-host", "127.0.0.1", "-port", str(port)], log
        )
        wait_for_port(port, self.process.child, log)

    def env(self):
        return {"TOXIPROXY_API": self.api}


KINDS = {"kafka": Kafka, "s3": S3, "postgres": Postgres, "toxiproxy": Toxiproxy}


class Services:
    """A folder with running servers; leaving the `with` stops them all."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory).resolve()
        self.directory.mkdir(parents=True, exist_ok=True)
        self.running = []

    def start(self, kind, name=None, **options):
        server = KINDS[kind](self.directory / (name or kind), **options)
        self.running.append(server)
        return server

    def start_kafka(self, **options):
        return self.start("kafka", **options)

    def start_s3(self, **options):
        return self.start("s3", **options)

    def start_postgres(self, **options):
        return self.start("postgres", **options)

    def start_toxiproxy(self, **options):
        return self.start("toxiproxy", **options)

    def stop(self):
        for server in reversed(self.running):
            server.process.stop(signal.SIGINT if isinstance(server, Postgres) else signal.SIGTERM)
        self.running.clear()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()


def start_command(kinds, directory):
    services = Services(directory)
    state = services.directory / "running.json"
    if state.exists():
        raise ServiceError(f"{state} says that servers run already. Run: tools/services.py stop --dir {directory}")
    try:
        for kind in kinds:
            shutil.rmtree(services.directory / kind, ignore_errors=True)
            services.start(kind)
    except BaseException:
        services.stop()
        raise
    state.write_text(
        json.dumps([{"name": server.process.name, "pid": server.process.pid} for server in services.running])
    )
    for server in services.running:
        for name, value in server.env().items():
            print(f"{name}={value}")


def stop_command(directory):
    state = pathlib.Path(directory) / "running.json"
    if not state.exists():
        print(f"nothing runs in {directory}", file=sys.stderr)
        return
    for server in reversed(json.loads(state.read_text())):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server["pid"], signal.SIGINT if server["name"] == "postgres" else signal.SIGTERM)
    state.unlink()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("start", help="start servers and print how to reach them")
    start.add_argument("kinds", nargs="+", choices=sorted(KINDS))
    stop = commands.add_parser("stop", help="stop what start began")
    for command in (start, stop):
        command.add_argument("--dir", default="var/services")
    arguments = parser.parse_args()
    try:
        if arguments.command == "start":
            start_command(arguments.kinds, arguments.dir)
        else:
            stop_command(arguments.dir)
    except ServiceError as fault:
        sys.exit(f"services: {fault}")


if __name__ == "__main__":
    main()

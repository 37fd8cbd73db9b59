"""The job's settings, from where rcml takes its own: flag > environment > .env > default, under the same names.

Only the settings that mean something to this job are read; docs/reference/settings.md explains them. The job's own are
RCML_SPARK_CHECKPOINT, RCML_SPARK_MASTER, RCML_SPARK_MEMORY and RCML_SPARK_JARS (see README.md here).
"""

import argparse
import os
import pathlib
import re
from dataclasses import dataclass

from event_decoder import Limits, load_contract, parse_cut_columns

KAFKA_URL = re.compile(r"kafka://([^/]+)/([A-Za-z0-9._-]{1,249})")
SIZE_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
COUNT_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}
TIME_UNITS = {"": 1, "ms": 1, "s": 10**3, "m": 60_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
ENV_LINE = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?([A-Za-z_.][A-Za-z0-9_.]*)[ \t]*=[ \t]*
        (?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\n]*?))[ \t\r]*(?:(?<=[ \t'"])\#[^\n]*)?$""",
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
# librdkafka's names for what the Java client calls otherwise; a value of None: made by _sasl_settings.
JAVA_NAMES = {"sasl.mechanisms": "sasl.mechanism", "ssl.ca.location": "ssl.truststore.location"}


class SettingsError(Exception):
    """The person's input is wrong; nothing was touched. Exit code 2."""


@dataclass(frozen=True)
class JobSettings:
    bootstrap: str
    topic: str
    lake: str
    group: str
    checkpoint: str
    is_drain: bool
    limits: Limits
    codec: str
    batch_events_max: int
    batch_age_ms: int
    kafka_properties: dict
    s3: dict
    master: str
    memory: str
    jars: str


def parse_env_file(path):
    """KEY=VALUE lines as dotenv programs read them; nothing is expanded."""
    path = pathlib.Path(path)
    if not path.is_file():
        return {}
    escapes = {"n": "\n", "r": "\r", "t": "\t"}
    values = {}
    for name, double, single, plain in ENV_LINE.findall(path.read_text(encoding="utf-8-sig")):
        if double:
            plain = re.sub(r"\\(.)", lambda found: escapes.get(found[1], found[1]), double, flags=re.DOTALL)
        elif single:
            plain = re.sub(r"\\(')", r"\1", single)
        elif plain.startswith("#"):
            plain = ""
        values[name] = plain.rstrip(" \t") if not double and not single else plain
    return values


class _Source:
    """Where a setting's text comes from. All faults are kept, to be told at once."""

    def __init__(self, flags, environment, env_file):
        self.flags, self.environment, self.env_file = flags, environment, env_file
        self.faults = []

    def text(self, flag, name, otherwise=""):
        return getattr(self.flags, flag, None) or self.environment.get(name) or self.env_file.get(name) or otherwise

    def scaled(self, name, units, otherwise):
        text = self.text("", name, otherwise)
        found = re.fullmatch(r"([0-9][0-9_]*(?:\.[0-9]+)?)([a-zA-Z]*)", text)
        factor = units.get(found[2].lower()) if found else None
        if factor is None:
            self.faults.append(f"{name}={text} is no number with a unit ({', '.join(filter(None, units))})")
            return 0
        return int(round(float(found[1].replace("_", "")) * factor))


def _arguments(argv):
    parser = argparse.ArgumentParser(
        prog="stream_to_lake.py",
        description="Kafka -> the lake by Spark, each event exactly once: the same tables as `rcml stream`.",
        epilog="example: spark/run.sh --from kafka://localhost:9092/clicks --lake s3://my-bucket/shop",
    )
    parser.add_argument("--from", dest="from_url", metavar="URL", help="kafka://HOST:PORT/TOPIC")
    parser.add_argument("--lake", metavar="URL", help="a folder or s3://BUCKET/PREFIX")
    parser.add_argument("--group", metavar="NAME", help="part of the marks in the lake's log")
    parser.add_argument("--checkpoint", metavar="URL", help="where Spark keeps its progress (default: in the lake)")
    parser.add_argument("--drain", action="store_true", help="stop when everything that is there now is committed")
    parser.add_argument("--env-file", default=".env", metavar="FILE")
    return parser.parse_args(argv)


def _kafka_properties(environment, env_file):
    given = {}
    for names in (env_file, environment):
        for name, value in names.items():
            if name.startswith("RCML_KAFKA_") and name != "RCML_KAFKA_PROPERTY":
                given[name.removeprefix("RCML_KAFKA_").lower().replace("_", ".")] = value
        for line in names.get("RCML_KAFKA_PROPERTY", "").split(","):
            name, equals, value = line.partition("=")
            if equals:
                given[name.strip()] = value.strip()
    properties = {JAVA_NAMES.get(name, name): value for name, value in given.items()}
    if "ssl.ca.location" in given:
        properties["ssl.truststore.type"] = "PEM"
    user, password = properties.pop("sasl.username", None), properties.pop("sasl.password", None)
    if user is not None:
        is_scram = properties.get("sasl.mechanism", "").startswith("SCRAM")
        module = "scram.ScramLoginModule" if is_scram else "plain.PlainLoginModule"
        properties["sasl.jaas.config"] = (
            f"org.apache.kafka.common.security.{module} required username={_quoted(user)} password={_quoted(password)};"
        )
    return properties


def _quoted(text):
    return '"' + (text or "").replace("\\", "\\\\").replace('"', '\\"') + '"'


def _s3_settings(source):
    s3 = {name: source.text("", name) for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")}
    s3["region"] = source.text("", "AWS_REGION") or source.text("", "AWS_DEFAULT_REGION", "us-east-1")
    s3["endpoint"] = source.text("", "AWS_ENDPOINT_URL_S3") or source.text("", "AWS_ENDPOINT_URL")
    s3["is_virtual_hosted"] = source.text("", "AWS_VIRTUAL_HOSTED_STYLE_REQUEST") == "true"
    endpoint = s3["endpoint"]
    is_loopback = re.match(r"http://(127\.|localhost|\[::1\])", endpoint)
    if endpoint.startswith("http://") and not is_loopback and source.text("", "AWS_ALLOW_HTTP") != "true":
        source.faults.append(
            f"AWS_ENDPOINT_URL {endpoint} would send data without TLS. Use https://, or set AWS_ALLOW_HTTP=true"
        )
    return s3


def load_settings(argv, environment=None):
    environment = dict(os.environ if environment is None else environment)
    flags = _arguments(argv)
    env_path = flags.env_file if flags.env_file != ".env" else environment.get("RCML_ENV_FILE", ".env")
    source = _Source(flags, environment, parse_env_file(env_path))
    brokers, bucket = source.text("", "KAFKA_BOOTSTRAP"), source.text("", "S3_BUCKET")
    url = source.text("from_url", "RCML_SOURCE_FROM", f"kafka://{brokers}/clicks" if brokers else "")
    lake = source.text("lake", "RCML_LAKE", f"s3://{bucket}/" if bucket else "").rstrip("/")
    found = KAFKA_URL.fullmatch(url)
    if found is None:
        source.faults.append(f'"{url}" is no topic. Write it as --from kafka://HOST:PORT/TOPIC')
    if not lake:
        source.faults.append("no lake is named. Give --lake, RCML_LAKE or S3_BUCKET")
    elif "://" in lake and not lake.startswith("s3://"):
        source.faults.append(f"lake {lake} is neither a folder nor s3://BUCKET/PREFIX")
    elif "://" not in lake:
        lake = str(pathlib.Path(lake).absolute())
    if source.text("", "RCML_SINK_ON_GAP", "stop") != "stop":
        source.faults.append(
            "RCML_SINK_ON_GAP=resume is for rcml stream, which writes the hole down. Let it pass the hole"
        )
    codec = source.text("", "RCML_SINK_CODEC", "zstd")
    if codec not in ("zstd", "snappy"):
        source.faults.append(f"RCML_SINK_CODEC={codec} is neither zstd nor snappy")
    cut_columns, cut_faults = parse_cut_columns(load_contract(), source.text("", "RCML_TRUNCATE"))
    source.faults += [f"RCML_TRUNCATE: {fault}" for fault in cut_faults]
    group = source.text("group", "RCML_SINK_GROUP", "rcml")
    topic = found[2] if found else ""
    settings = JobSettings(
        bootstrap=found[1] if found else "",
        topic=topic,
        lake=lake,
        group=group,
        checkpoint=source.text("checkpoint", "RCML_SPARK_CHECKPOINT", f"{lake}/_spark/{group}-{topic}"),
        is_drain=flags.drain or source.text("", "RCML_SINK_DRAIN") == "true",
        limits=Limits(
            event_bytes_max=source.scaled("RCML_SINK_EVENT_BYTES_MAX", SIZE_UNITS, "1MB"),
            past_micros_max=source.scaled("RCML_SINK_TS_PAST_MAX", TIME_UNITS, "30d") * 1000,
            future_micros_max=source.scaled("RCML_SINK_TS_FUTURE_MAX", TIME_UNITS, "5m") * 1000,
            cut_columns=cut_columns,
        ),
        codec=codec,
        batch_events_max=source.scaled("RCML_SINK_FLUSH_ROWS_MAX", COUNT_UNITS, "2M"),
        batch_age_ms=source.scaled("RCML_SINK_FLUSH_AGE_MS_MAX", TIME_UNITS, "10s"),
        kafka_properties=_kafka_properties(environment, source.env_file),
        s3=_s3_settings(source),
        master=source.text("", "RCML_SPARK_MASTER", "local[*]"),
        memory=source.text("", "RCML_SPARK_MEMORY", "2g"),
        jars=source.text("", "RCML_SPARK_JARS"),
    )
    if source.faults:
        raise SettingsError("\n".join(source.faults))
    return settings

"""A broker behind TLS and a password: who has both gets in by flags or by the environment, and no message tells either."""

import pytest
from rcml_program import run
from services import KAFKA_PASSWORD, KAFKA_USER
from topic_job import TopicJob


@pytest.fixture(scope="module")
def secure_kafka(services):
    broker = services.start("kafka", name="secure", secure=True)
    yield broker
    broker.process.stop()


def properties_of(broker, password=KAFKA_PASSWORD, ca_file=None):
    return {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.username": KAFKA_USER,
        "sasl.password": password,
        "ssl.ca.location": str(ca_file or broker.ca_file),
    }


def flags(properties):
    return [word for name, value in properties.items() for word in ("--kafka-property", f"{name}={value}")]


def environment(properties):
    return {"RCML_KAFKA_" + name.upper().replace(".", "_"): value for name, value in properties.items()}


def test_events_go_through_tls_and_a_login(tmp_path, secure_kafka):
    job = TopicJob(tmp_path, secure_kafka, "secure")
    job.url = f"kafka://{secure_kafka.secure_bootstrap}/{job.name}"
    properties = properties_of(secure_kafka)
    job.generate(5_000, more=flags(properties))
    job.lake_env = environment(properties)
    done = job.drain()
    assert KAFKA_PASSWORD not in done.stdout + done.stderr
    job.check_truth()


def test_the_settings_shown_hide_the_password(secure_kafka):
    for name in ("RCML_KAFKA_SASL_PASSWORD", "KAFKA_SASL_PASSWORD"):
        shown = run("config", "show", env={name: KAFKA_PASSWORD})
        assert KAFKA_PASSWORD not in shown.stdout + shown.stderr


def refused(tmp_path, broker, properties):
    job = TopicJob(tmp_path, broker, "refused")
    job.url = f"kafka://{broker.secure_bootstrap}/{job.name}"
    done = job.drain(*flags(properties), "--log-level", "debug", code=None, seconds=120)
    assert done.returncode in (2, 3), done.stderr
    assert not (tmp_path / "lake").exists()
    assert properties["sasl.password"] not in done.stdout + done.stderr
    return done.stderr


def test_a_wrong_password_is_told_with_its_cure(tmp_path, secure_kafka):
    said = refused(tmp_path, secure_kafka, properties_of(secure_kafka, password="not the right one"))
    assert "Check sasl.username, sasl.password and sasl.mechanism" in said


def test_a_certificate_of_somebody_else_is_refused(tmp_path, secure_kafka):
    said = refused(tmp_path, secure_kafka, properties_of(secure_kafka, ca_file="/etc/ssl/certs/ca-certificates.crt"))
    assert "certificate verify failed" in said
    assert "ssl.ca.location" in said


def test_a_listener_that_wants_tls_is_named(tmp_path, secure_kafka):
    job = TopicJob(tmp_path, secure_kafka, "plainly")
    job.url = f"kafka://{secure_kafka.secure_bootstrap}/{job.name}"
    done = job.drain(code=3, seconds=120)
    assert "security.protocol" in done.stderr

"""A broker behind TLS and a password: who has both gets in by flags or by the environment, and no message tells either."""

import pytest
from rcml_program import run, start
from services import KAFKA_PASSWORD, KAFKA_USER
from topic_job import TopicJob

WRONG_PASSWORD = "not the right one"


@pytest.fixture(scope="module")
def secure_kafka(services):
    broker = services.start("kafka", name="secure", secure=True)
    yield broker
    broker.process.stop()


def properties_of(broker, mechanism="SCRAM-SHA-512", password=KAFKA_PASSWORD, ca_file=None):
    return {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": mechanism,
        "sasl.username": KAFKA_USER,
        "sasl.password": password,
        "ssl.ca.location": str(ca_file or broker.ca_file),
    }


def flags(properties):
    return [word for name, value in properties.items() for word in ("--kafka-property", f"{name}={value}")]


def environment(properties):
    return {"RCML_KAFKA_" + name.upper().replace(".", "_"): value for name, value in properties.items()}


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
def test_events_go_through_tls_and_a_login(tmp_path, secure_kafka, mechanism):
    job = TopicJob(tmp_path, secure_kafka, f"secure-{mechanism.lower()}")
    job.url = f"kafka://{secure_kafka.secure_bootstrap}/{job.name}"
    properties = properties_of(secure_kafka, mechanism)
    job.generate(5_000, more=flags(properties))
    job.lake_env = environment(properties)
    done = job.drain()
    assert KAFKA_PASSWORD not in done.stdout + done.stderr
    job.check_truth()


def test_the_settings_shown_hide_the_password():
    for name in ("RCML_KAFKA_SASL_PASSWORD", "KAFKA_SASL_PASSWORD"):
        shown = run("config", "show", env={name: KAFKA_PASSWORD})
        assert KAFKA_PASSWORD not in shown.stdout + shown.stderr


class Refused:
    """A stream that will not get in; all of them wait side by side, as each gives the broker its time."""

    def __init__(self, folder, address, properties):
        folder.mkdir()
        self.lake, self.log, self.properties = folder / "lake", folder / "log", properties
        command = ["stream", "--from", f"kafka://{address}/refused", "--lake", self.lake, "--drain"]
        self.process = start(*command, *flags(properties), "--log-level", "debug", log=self.log)

    def said(self):
        code = self.process.wait(120)
        text = self.log.read_text(errors="replace")
        assert code == 3, text[-3000:]
        assert not self.lake.exists()
        assert self.properties.get("sasl.password", WRONG_PASSWORD) not in text
        return text


@pytest.fixture(scope="module")
def refused(secure_kafka, tmp_path_factory):
    folder, address = tmp_path_factory.mktemp("refused"), secure_kafka.secure_bootstrap
    strangers = "/etc/ssl/certs/ca-certificates.crt"
    return {
        "password": Refused(folder / "password", address, properties_of(secure_kafka, password=WRONG_PASSWORD)),
        "certificate": Refused(folder / "certificate", address, properties_of(secure_kafka, ca_file=strangers)),
        "plainly": Refused(folder / "plainly", address, {}),
        "nobody": Refused(folder / "nobody", "127.0.0.1:1", {}),
    }


def test_a_wrong_password_is_told_with_its_cure(refused):
    assert "Check sasl.username, sasl.password and sasl.mechanism" in refused["password"].said()


def test_a_certificate_of_somebody_else_is_refused(refused):
    said = refused["certificate"].said()
    assert "certificate verify failed" in said
    assert "Check ssl.ca.location and security.protocol" in said


def test_a_listener_that_wants_tls_is_named(refused):
    assert "security.protocol" in refused["plainly"].said()


def test_a_broker_that_is_not_there_is_told(refused):
    said = refused["nobody"].said()
    assert "Check that the broker runs" in said
    assert "Connection refused" in said

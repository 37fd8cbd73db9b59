"""The .env of an MSK cluster on a real broker that asks for user and password: the program signs in with its lines."""

import re

import pytest
import rcml_program
import services as servers
from conftest import REPO

ENV = (REPO / "terraform/tests/expected/msk.env").read_text()
PASSWORD = re.search(r"^RCML_KAFKA_SASL_PASSWORD='(.+)'$", ENV, re.M).group(1)


class SignInKafka(servers.Kafka):
    """A broker whose second listener asks for the user and the password of the .env.

    By PLAIN, not by SCRAM as MSK has it, and without MSK's TLS: tests/platform/kafka/test_secure.py has both.
    """

    def _properties(self):
        self.proxy_port = self.inner_proxy_port
        text = super()._properties().replace("PROXIED:PLAINTEXT", "PROXIED:SASL_PLAINTEXT")
        module = "org.apache.kafka.common.security.plain.PlainLoginModule required"
        jaas = f'listener.name.proxied.plain.sasl.jaas.config={module} user_rcml="{PASSWORD}";'
        return f"{text}sasl.enabled.mechanisms=PLAIN\n{jaas}\n"


@pytest.fixture(scope="module")
def kafka(tmp_path_factory):
    with servers.Services(tmp_path_factory.mktemp("sign_in")) as services:
        (services.directory / "kafka").mkdir()
        broker = SignInKafka(services.directory / "kafka")
        services.running.append(broker)
        yield broker


@pytest.fixture
def env_file(kafka, tmp_path):
    """The expected .env, but for the broker's address and the two differences above."""
    text = re.sub(r"^KAFKA_BOOTSTRAP=.*", f"KAFKA_BOOTSTRAP=127.0.0.1:{kafka.inner_proxy_port}", ENV, flags=re.M)
    file = tmp_path / ".env"
    file.write_text(text.replace("=SASL_SSL", "=SASL_PLAINTEXT").replace("=SCRAM-SHA-512", "=PLAIN"))
    return file


def test_events_go_through_with_the_lines_of_the_env(kafka, env_file, tmp_path):
    url = f"kafka://127.0.0.1:{kafka.inner_proxy_port}/clicks"
    made = ("--events", 2000, "--days", 1, "--profile", "clean", "--create-topic", "--partitions", 2)
    rcml_program.run("generate", *made, "--out", url, "--env-file", env_file)
    lake = tmp_path / "lake"
    # Simulated events are old; Kafka's default bound would set them aside.
    arguments = ("--lake", lake, "--drain", "--ts-past-max", "3650d", "--env-file", env_file)
    rcml_program.run("stream", *arguments)
    assert len(rcml_program.lake_column(lake, "event_id")) == 2000


def test_another_password_is_refused(env_file, tmp_path):
    env_file.write_text(env_file.read_text().replace(PASSWORD, "Wrong0Password0"))
    done = rcml_program.run("stream", "--lake", tmp_path / "lake", "--drain", "--env-file", env_file, code=None)
    assert done.returncode in (2, 3), done.stderr
    assert re.search("authentication", done.stderr, re.I), done.stderr
    assert "Wrong0Password0" not in done.stdout + done.stderr

"""docs/operations/cloud.md from its filled .env on: its commands as printed, with a real Kafka and S3 server and the
double of Redshift at the addresses that Terraform would have put there."""

import sys

import pytest
import rcml_program
from test_pages import run_page

sys.path.append(str(rcml_program.REPO / "tests/platform/redshift_double"))

import double as doubles  # noqa: E402


@pytest.fixture
def redshift(services, postgres, s3):
    """The double with TLS, as rcml asks of a cluster it knows by RS_HOST alone."""
    keys = doubles.make_certificate(services.directory / "keys")
    certificate = ("--tls-certificate", keys / "server.pem", "--tls-key", keys / "server.key")
    running = doubles.Double(services.directory / "double", postgres, s3, *certificate)
    running.make_database("dev")
    running.more = {"RS_HOST": "localhost", "RS_SSLROOTCERT": str(keys / "ca.pem")}
    yield running
    running.process.stop()


def written_env(values):
    """What Terraform writes for the minimal example, name by name, with the values of this test's servers."""
    text = (rcml_program.REPO / "terraform/tests/expected/serverless.env").read_text()
    names = [line.split("=")[0] for line in text.splitlines() if line and not line.startswith("#")]
    assert {"S3_BUCKET", "KAFKA_BOOTSTRAP", "RS_HOST", "RS_PWD", "RS_ROLE_ARN"} <= set(names)
    names += ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL", "RS_SSLROOTCERT"]
    return "".join(f"{name}={values[name]}\n" for name in names)


def test_the_cloud_page_from_its_env_to_the_audit(in_folder, kafka, s3, redshift, monkeypatch):
    values = {**redshift.environment(), **s3.env(), **redshift.more, "KAFKA_BOOTSTRAP": kafka.bootstrap}
    (in_folder / ".env").write_text(written_env(values))
    (in_folder / "build").symlink_to("bin")
    # dbt's connector knows Amazon's authorities alone.
    monkeypatch.setenv("RS_SSLMODE", "disable")
    out = run_page("cloud.md", in_folder, [("localhost:9092", kafka.bootstrap), ("--for 1m", "--for 4s")])
    assert ", 0 failed" in out
    assert "Everything agrees." in out
    (rows,) = redshift.query("select count(*) from raw.raw_clicks")
    assert rows[0] == len(rcml_program.lake_column(s3.directory / "data" / s3.bucket, "event_id")) > 1000

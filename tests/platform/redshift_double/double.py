"""double.py: starts the double in front of a private PostgreSQL and S3 server, for tests.

`with running_double(services) as double:`; services is tools/services.py's.
"""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import time

import psycopg2
import services as servers

HERE = pathlib.Path(__file__).resolve().parent
USER, PASSWORD = "awsuser", "SuperSecret123"
ROLE_ARN = "arn:aws:iam::000000000000:role/RedshiftS3Read"


class Double:
    def __init__(self, directory, postgres, s3, *arguments):
        directory.mkdir(parents=True, exist_ok=True)
        self.postgres, self.s3, self.port = postgres, s3, servers.free_port()
        self.statements_file = directory / "statements.jsonl"
        self.race_to_lose = directory / "race_to_lose"
        command = [
            sys.executable, str(HERE / "server.py"), "--port", str(self.port), "--postgres-port", str(postgres.port),
            "--user", USER, "--password", PASSWORD, "--role-arn", ROLE_ARN, "--statements", str(self.statements_file),
            "--race-to-lose", str(self.race_to_lose),
            *map(str, arguments),
        ]  # fmt: skip
        self._wait_for_postgres()
        self.process = servers.Process("redshift", command, directory / "double.log", env={**os.environ, **s3.env()})
        servers.wait_for_port(self.port, self.process.child, self.process.log)

    def _wait_for_postgres(self):
        """Its port answers a little before the server does."""
        give_up_at = time.monotonic() + 60
        while True:
            try:
                return psycopg2.connect(
                    host="127.0.0.1", port=self.postgres.port, user="rcml", dbname="postgres"
                ).close()
            except psycopg2.OperationalError:
                if time.monotonic() > give_up_at:
                    raise
                time.sleep(0.2)

    def url(self, database="dev", port=None, more="sslmode=disable"):
        return f"redshift://{USER}:{PASSWORD}@127.0.0.1:{port or self.port}/{database}?{more}"

    def connect(self, database="dev", user=USER, password=PASSWORD):
        connection = psycopg2.connect(
            host="127.0.0.1", port=self.port, user=user, password=password, dbname=database, sslmode="disable"
        )
        connection.autocommit = True
        return connection

    def query(self, sql, database="dev"):
        with contextlib.closing(self.connect(database)) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else None

    def statements(self):
        """Every statement that clients have sent, in order."""
        return [json.loads(line)["sql"] for line in self.statements_file.read_text().splitlines()]

    def make_database(self, name):
        self.query(f"create database {name}", "postgres")
        return name

    def environment(self, database="dev"):
        """The seed's .env, as text for a file or a process."""
        return {
            "RS_HOST": "127.0.0.1", "RS_PORT": str(self.port), "RS_DB": database, "RS_USER": USER, "RS_PWD": PASSWORD,
            "RS_ROLE_ARN": ROLE_ARN, **self.s3.env(),
        }  # fmt: skip


def make_certificate(directory):
    """A certificate authority of our own and a certificate of `localhost` signed by it."""
    directory.mkdir(parents=True, exist_ok=True)

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True)

    subject = ["-nodes", "-newkey", "rsa:2048", "-days", "30"]
    openssl("req", "-x509", *subject, "-subj", "/CN=rcml test authority", "-keyout", "ca.key", "-out", "ca.pem")
    openssl("req", *subject[:3], "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr")
    (directory / "names").write_text("subjectAltName=DNS:localhost\n")
    openssl("x509", "-req", "-days", "30", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-extfile", "names", "-out", "server.pem")  # fmt: skip
    return directory

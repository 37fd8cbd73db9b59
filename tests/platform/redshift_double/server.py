#!/usr/bin/env python3
"""server.py: a strict double of Amazon Redshift, for tests. It is not Redshift.

It speaks the wire protocol in front of a private PostgreSQL, reads manifests and Parquet from a real S3 server, and
refuses what Redshift refuses (refusals.py, with the page for each).

    server.py --port 5439 --postgres-port 5432 --role-arn arn:aws:iam::000000000000:role/RedshiftS3Read
    server.py --print-refusals

S3 is reached by AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, as the role would.
"""

import argparse
import os
import pathlib
import socket
import ssl
import threading
import urllib.parse
from dataclasses import dataclass
from typing import Any

import psycopg2
import pyarrow.fs
from refusals import COPY_CASES, IS_STRICTER, SQL_RULES
from session import Session

HERE = pathlib.Path(__file__).resolve().parent


@dataclass
class Settings:
    postgres_port: int
    user: str
    password: str
    role_arn: str
    isolation: str  # "serializable", Redshift's older default, or "repeatable read" for snapshot isolation.
    store: Any  # pyarrow's file system on S3.
    tls: Any = None
    race_to_lose: Any = None  # A file: the next statement that holds its text fails with error 1023; then it is gone.
    statements: Any = None  # Where every statement is written down, a JSON line each.


def s3_store():
    endpoint = urllib.parse.urlsplit(os.environ["AWS_ENDPOINT_URL"])
    return pyarrow.fs.S3FileSystem(
        access_key=os.environ["AWS_ACCESS_KEY_ID"],
        secret_key=os.environ["AWS_SECRET_ACCESS_KEY"],
        region=os.environ.get("AWS_REGION", "us-east-1"),
        endpoint_override=endpoint.netloc,
        scheme=endpoint.scheme,
    )


def install_catalogue(postgres_port):
    """Into template1 and the databases that are there, once."""
    for database in ("template1", "postgres"):
        connection = psycopg2.connect(host="127.0.0.1", port=postgres_port, user="rcml", dbname=database)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("select to_regnamespace('redshift_shim') is null")
            if cursor.fetchone()[0]:
                cursor.execute((HERE / "catalogue.sql").read_text())
        connection.close()


def tls_context(certificate, key):
    if not certificate:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def serve(port, settings):
    with socket.create_server(("127.0.0.1", port), backlog=64) as listener:
        print(f"double of Redshift on 127.0.0.1:{port}", flush=True)
        while True:
            sock, _ = listener.accept()
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=Session(sock, settings).run, daemon=True).start()


def print_refusals():
    for case, page in COPY_CASES.items():
        print(f"COPY  {case:24} {page}{'  (stricter than Redshift)' if case in IS_STRICTER else ''}")
    for rule in SQL_RULES:
        print(f"SQL   {rule.case:24} {rule.page}  {rule.message}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int)
    parser.add_argument("--postgres-port", type=int)
    parser.add_argument("--user", default="awsuser")
    parser.add_argument("--password", default="SuperSecret123")
    parser.add_argument("--role-arn", default="arn:aws:iam::000000000000:role/RedshiftS3Read")
    parser.add_argument("--isolation", choices=["serializable", "snapshot"], default="serializable")
    parser.add_argument("--tls-certificate")
    parser.add_argument("--tls-key")
    parser.add_argument("--statements", help="file that every statement is appended to, a JSON line each")
    parser.add_argument(
        "--race-to-lose", type=pathlib.Path, help="file: the next statement holding its text loses a race"
    )
    parser.add_argument("--print-refusals", action="store_true")
    options = parser.parse_args()
    if options.print_refusals:
        print_refusals()
        return
    if options.port is None or options.postgres_port is None:
        parser.error("--port and --postgres-port are needed")
    install_catalogue(options.postgres_port)
    settings = Settings(
        options.postgres_port, options.user, options.password, options.role_arn,
        "serializable" if options.isolation == "serializable" else "repeatable\\ read", s3_store(),
        tls_context(options.tls_certificate, options.tls_key), options.race_to_lose,
        open(options.statements, "a") if options.statements else None,  # noqa: SIM115  (open as long as the server)
    )  # fmt: skip
    serve(options.port, settings)


if __name__ == "__main__":
    main()

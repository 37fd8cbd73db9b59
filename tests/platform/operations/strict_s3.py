"""S3 servers that refuse: one that is read-only, and one that asks a bucket's policy what a user may do."""

import contextlib
import json
import os
import subprocess

import boto3
import services as servers

BUCKET = "shop"


@contextlib.contextmanager
def gateway(log, *words):
    """versitygw with `words`, its endpoint; stopped at the end."""
    port = servers.free_port()
    server = servers.Process(
        "s3",
        [str(servers.VERSITYGW), "--port", f"127.0.0.1:{port}", "--region", servers.S3_REGION, *map(str, words)],
        log,
        env=dict(os.environ, ROOT_ACCESS_KEY=servers.S3_ACCESS_KEY, ROOT_SECRET_KEY=servers.S3_SECRET_KEY),
    )
    try:
        servers.wait_for_port(port, server.child, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()


class Clerk:
    """A user without rights but those given last; `files` is what stands in the bucket."""

    def __init__(self, endpoint, bucket_folder, secret):
        self.bucket_folder = bucket_folder
        self.env = {
            "AWS_ACCESS_KEY_ID": "clerk",
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_REGION": servers.S3_REGION,
            "AWS_ENDPOINT_URL": endpoint,
        }
        owner = ["--access", servers.S3_ACCESS_KEY, "--secret", servers.S3_SECRET_KEY, "--endpoint-url", endpoint]
        user = ["create-user", "--role", "user", "--access", "clerk", "--secret", secret]
        subprocess.run([str(servers.VERSITYGW), "admin", *owner, *user], check=True, capture_output=True)
        self.owner = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name=servers.S3_REGION,
            aws_access_key_id=servers.S3_ACCESS_KEY,
            aws_secret_access_key=servers.S3_SECRET_KEY,
        )

    def may(self, actions):
        """Gives these rights and no other; the clerk's environment."""
        whole, inside = f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"
        common = {"Effect": "Allow", "Principal": "clerk"}
        statements = [common | {"Action": it, "Resource": whole if "Bucket" in it else inside} for it in actions]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        self.owner.put_bucket_policy(Bucket=BUCKET, Policy=policy)
        return self.env

    def files(self):
        return [path for path in self.bucket_folder.rglob("*") if path.is_file()]


@contextlib.contextmanager
def running_clerk(folder, secret):
    (folder / "data" / BUCKET).mkdir(parents=True)
    (folder / "users").mkdir()
    words = ("--iam-dir", folder / "users", "posix", folder / "data")
    with gateway(folder / "gateway.log", *words) as endpoint:
        yield Clerk(endpoint, folder / "data" / BUCKET, secret)

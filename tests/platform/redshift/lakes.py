"""lakes.py: a lake on S3 made by the program, and the three warehouses it is loaded into."""

import pathlib

import double as doubles
from project import Pg
from rcml_program import run


class RedshiftDouble(Pg):
    """The double as tests/dbt/project.py sees a warehouse."""

    target = "redshift"

    def __init__(self, double, database):
        super().__init__("127.0.0.1", double.port, doubles.USER, database)
        self.double = double

    def environment(self):
        return {**self.double.environment(self.database), "RS_SSLMODE": "disable"}

    def _connect(self):
        return self.double.connect(self.database)


class Lake:
    """Events generated into a spool and streamed to s3://BUCKET/NAME/."""

    def __init__(self, root, s3, name, events, profile="realistic", flush_rows=None, days=3, seed=7):
        self.root, self.s3, self.name = pathlib.Path(root), s3, name
        self.spool = f"spool:{self.root / 'spool'}"
        self.url = f"s3://{s3.bucket}/{name}/"
        self.folder = s3.directory / "data" / s3.bucket / name
        self.flush = ["--flush-rows-max", str(flush_rows)] if flush_rows else []
        self.generate(events, profile, days, seed)
        self.stream()

    def generate(self, events, profile, days, seed):
        run("generate", "--seed", seed, "--start", "2026-03-01", "--days", days, "--events", events, "--profile", profile,
            "--out", self.spool, "--partitions", 2)  # fmt: skip

    def stream(self):
        run("stream", "--from", self.spool, "--lake", self.url, "--drain", *self.flush, env=self.s3.env())

    def files(self, table="clicks"):
        return sorted((self.folder / "bronze" / table).glob("dt=*/*.parquet"))

    def load(self, warehouse, *more, code=0, env=None):
        return run("load", "--lake", self.url, "--warehouse", warehouse, *more, code=code,
                   env={**self.s3.env(), "RS_ROLE_ARN": doubles.ROLE_ARN, **(env or {})})  # fmt: skip

"""A Spark session with Delta in a process beside the test, which runs one statement after the other."""

import json
import os
import subprocess

from rcml_program import DEPS

SESSION = """
import json, sys
from pyspark.sql import SparkSession
jars = sys.argv[1]
builder = SparkSession.builder.master("local[2]").appName("foreign writer")
for key, value in {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.databricks.delta.retentionDurationCheck.enabled": "false",
    "spark.driver.extraClassPath": jars + "/*",
    "spark.executor.extraClassPath": jars + "/*",
}.items():
    builder = builder.config(key, value)
spark = builder.getOrCreate()
spark.sparkContext.setLogLevel("ERROR")
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    try:
        rows = [row.asDict() for row in spark.sql(json.loads(line)).collect()]
        print(json.dumps({"rows": rows}, default=str), flush=True)
    except Exception as error:
        print(json.dumps({"error": str(error)}), flush=True)
"""


class SparkError(Exception):
    pass


class SparkSql:
    def __init__(self, log):
        self.log = log
        self.process = subprocess.Popen(
            [DEPS / "spark-tools/bin/python", "-c", SESSION, DEPS / "spark-jars-4.2.0"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log.open("wb"),
            text=True,
            env={**os.environ, "JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx1g"},
        )
        assert self.answer()["ready"]

    def answer(self):
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise AssertionError(f"Spark ended: {self.log.read_text()[-3000:]}")

    def run(self, sql):
        """Rows as dicts; SparkError when Spark refuses the statement."""
        self.process.stdin.write(json.dumps(sql) + "\n")
        self.process.stdin.flush()
        answer = self.answer()
        if "error" in answer:
            raise SparkError(answer["error"])
        return answer["rows"]

    def close(self):
        self.process.stdin.close()
        self.process.wait(60)

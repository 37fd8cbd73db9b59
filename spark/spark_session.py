"""The Spark session of the job: Delta, UTC, the jars, and S3 as the settings name it.

Delta's commit on S3 looks whether a version is there and then puts it; it does not ask the store to refuse a second,
as rcml does (If-None-Match). So nobody else may commit to the lake while this job runs: README.md, "Always true".
"""

import os

from pyspark.sql import SparkSession

OWN_MODULES = ["event_decoder.py", "event_values.py", "job_settings.py", "json_scan.py", "lake_tables.py"]
OWN_MODULES += ["spark_session.py", "stream_to_lake.py"]


# Of any session, wherever it runs.
DELTA_AND_FORMAT = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.hadoop.parquet.compression.codec.zstd.level": "1",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "10000",
    # The defaults, 50 tasks to read a log and 200 to group by partition, are for large ones.
    "spark.databricks.delta.snapshotPartitions": "2",
    "spark.sql.shuffle.partitions": "8",
    "spark.ui.showConsoleProgress": "false",
}
# Of one that this program starts by itself: on loopback, without the page.
OWN_SESSION = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
}


def build_session(settings):
    config = {**DELTA_AND_FORMAT, **{f"spark.hadoop.fs.s3a.{k}": v for k, v in s3_config(settings).items()}}
    builder = SparkSession.builder.appName(f"stream_to_lake {settings.topic}")
    if not os.environ.get("SPARK_ENV_LOADED"):  # spark-submit sets it, and knows master, memory and network better.
        builder = builder.master(settings.master)
        config["spark.driver.memory"] = settings.memory
        if settings.master.startswith("local"):
            config |= OWN_SESSION
    if settings.jars:
        config |= {f"spark.{side}.extraClassPath": f"{settings.jars}/*" for side in ("driver", "executor")}
    for name, value in config.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("FATAL")  # What ends the query is told by main().
    here = os.path.dirname(os.path.abspath(__file__))
    for module in OWN_MODULES:
        spark.sparkContext.addPyFile(os.path.join(here, module))
    return spark


def s3_config(settings):
    if not settings.lake.startswith("s3://") and not settings.checkpoint.startswith("s3"):
        return {}
    s3 = settings.s3
    config = {
        "endpoint.region": s3["region"],
        "path.style.access": str(bool(s3["endpoint"]) and not s3["is_virtual_hosted"]).lower(),
    }
    if s3["endpoint"]:
        config["endpoint"] = s3["endpoint"]
        config["connection.ssl.enabled"] = str(s3["endpoint"].startswith("https://")).lower()
    if s3["AWS_ACCESS_KEY_ID"]:
        config["access.key"], config["secret.key"] = s3["AWS_ACCESS_KEY_ID"], s3["AWS_SECRET_ACCESS_KEY"]
        if s3["AWS_SESSION_TOKEN"]:
            config["session.token"] = s3["AWS_SESSION_TOKEN"]
    return config

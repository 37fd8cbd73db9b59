"""Kafka -> bronze/clicks and bronze/rejects by Spark Structured Streaming: the distributed twin of `rcml stream`.

The same events give the same rows and the same rejects (event_decoder.py). Each event is committed exactly once by two
things together: Spark's checkpoint, which fixes a batch's offsets before it runs, and Delta's idempotent-write mark,
by which the log knows that a batch is there already when Spark, killed in between, runs it again. As in rcml, a batch's
rejects are committed before its rows.

Where reading begins: a new checkpoint goes on from the marks that rcml left in the lake's log; an old one from itself,
unless rcml has taken over meanwhile, which is refused. Two writers at one time are not: docs/operations/scale.md.
"""

import datetime
import json
import os
import signal
import sys
import time

import pyarrow as pa
from event_decoder import ARRIVAL_UNKNOWN, Decoder, Rejected, load_contract
from job_settings import SettingsError, load_settings
from lake_tables import LakeTable, NeedsPersonError, partition_marks, queries_not_adopted
from pyspark.sql import functions
from pyspark.sql.types import (
    BinaryType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)
from spark_session import build_session

EXIT_USAGE, EXIT_UNAVAILABLE, EXIT_NEEDS_PERSON = 2, 3, 4
REJECT_COLUMNS = ["reason", "detail", "raw", "raw_bytes", "arrived_at"]


def log(sentence, **fields):
    moment = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
    print(f"{moment}Z info {sentence} " + " ".join(f"{k}={v}" for k, v in fields.items()), file=sys.stderr, flush=True)


def crash_point(name):
    """Kills the job here when a test asks for it, as in rcml (RCML_CRASH_AT)."""
    if os.environ.get("RCML_CRASH_AT") == name:
        os.kill(os.getpid(), signal.SIGKILL)


# --- Decoding, on the executors ---------------------------------------------------------------------------------------


def decoded_schema(sent_columns):
    """One wide table of both outcomes: `reason` is null for a row. Revenue travels as hundredths."""
    types = {"text": StringType(), "timestamp": TimestampType(), "decimal(12,2)": LongType()}
    return StructType(
        [StructField(column["name"], types[column["type"]]) for column in sent_columns]
        + [StructField("source_partition", IntegerType()), StructField("source_offset", LongType())]
        + [StructField("reason", StringType()), StructField("detail", StringType()), StructField("raw", BinaryType())]
        + [StructField("raw_bytes", LongType()), StructField("arrived_at", TimestampType())]
        + [StructField("texts_cut", IntegerType())]
    )


def arrow_schema(sent_columns):
    types = {"text": pa.string(), "timestamp": pa.timestamp("us", tz="UTC"), "decimal(12,2)": pa.int64()}
    return pa.schema(
        [(column["name"], types[column["type"]]) for column in sent_columns]
        + [("source_partition", pa.int32()), ("source_offset", pa.int64()), ("reason", pa.string())]
        + [("detail", pa.string()), ("raw", pa.binary()), ("raw_bytes", pa.int64())]
        + [("arrived_at", pa.timestamp("us", tz="UTC")), ("texts_cut", pa.int32())]
    )


def decode_batches(contract, limits, known):
    """The function for mapInArrow. `known`: positions that a commit before has set aside, which are neither again."""
    sent = [column for column in contract["columns"] if column["origin"] != "lineage"]

    def decode(batches):
        decoder, schema = Decoder(contract, limits), arrow_schema(sent)
        nothing = (None,) * len(sent)
        for batch in batches:
            positions = zip(batch.column("partition").to_pylist(), batch.column("offset").to_pylist(), strict=True)
            arrivals = batch.column("timestamp").cast(pa.int64()).to_pylist()
            arrivals = [arrival if arrival > 0 else ARRIVAL_UNKNOWN for arrival in arrivals]
            rows = []
            for raw, position, arrived_at in zip(batch.column("value").to_pylist(), positions, arrivals, strict=True):
                if raw is None or position in known:
                    continue
                outcome = decoder.decode(raw, arrived_at)
                if isinstance(outcome, Rejected):
                    sample = raw[: limits.raw_sample_bytes_max] if outcome.reason == "too_large" else raw
                    rows.append((*nothing, *position, outcome.reason, outcome.detail, sample, len(raw), arrived_at, 0))
                else:
                    rows.append((*outcome, *position, None, None, None, None, None, decoder.texts_cut))
            columns = zip(*rows, strict=True) if rows else [[]] * len(schema)
            yield pa.RecordBatch.from_arrays(
                [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)], schema=schema
            )

    return decode


# --- The stream, on the driver ----------------------------------------------------------------------------------------


class StreamJob:
    def __init__(self, spark, settings, contract):
        self.spark, self.settings, self.contract = spark, settings, contract
        self.sent = [column for column in contract["columns"] if column["origin"] != "lineage"]
        self.clicks = LakeTable(spark, settings.lake, "clicks", contract["clicks"])
        self.rejects = LakeTable(spark, settings.lake, "rejects", contract["rejects"])
        self.prefix = f"{settings.group}/{settings.topic}/"
        self.is_first_batch = True
        self.rejects_ahead = {}  # Partition -> how far rcml committed rejects whose rows it never did.
        self.is_stopping = False
        self.failure = None

    def run(self):
        self.clicks.open_or_create()
        self.rejects.open_or_create()
        self._note_rejects_ahead()
        events = self._events(self._starting_offsets())
        writer = events.writeStream.queryName("stream_to_lake").option("checkpointLocation", self._checkpoint())
        if self.settings.is_drain:
            writer = writer.trigger(availableNow=True)
        else:
            writer = writer.trigger(processingTime=f"{self.settings.batch_age_ms} milliseconds")
        query = writer.foreachBatch(self._commit_batch).start()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *unused: setattr(self, "is_stopping", True))
        while query.isActive and not self.is_stopping:
            time.sleep(0.2)
        if query.isActive:
            log("stopping: waiting for the batch under way")
            while query.status["isTriggerActive"] and query.isActive:
                time.sleep(0.1)
            query.stop()
        if self.failure is not None:
            raise self.failure
        if query.exception() is not None:
            raise query.exception()

    def _note_rejects_ahead(self):
        rows = partition_marks(self.clicks.marks(self.prefix))
        rejects = partition_marks(self.rejects.marks(self.prefix))
        self.rejects_ahead = {part: mark for part, mark in rejects.items() if mark > rows.get(part, 0)}

    def _checkpoint(self):
        return self.settings.checkpoint.replace("s3://", "s3a://", 1)

    def _has_checkpoint(self):
        # This file fixes where the query began. Of a query that ended before, there is a folder, and no beginning.
        path = self.spark._jvm.org.apache.hadoop.fs.Path(self._checkpoint() + "/sources/0/0")
        return path.getFileSystem(self.spark._jsc.hadoopConfiguration()).exists(path)

    def _starting_offsets(self):
        """Of a new checkpoint: rcml's marks. Spark looks at an old checkpoint itself and ignores this."""
        if self._has_checkpoint():
            return "earliest"
        clicks, rejects = self.clicks.marks(self.prefix), self.rejects.marks(self.prefix)
        others = queries_not_adopted(clicks, rejects)
        if others:
            raise NeedsPersonError(
                f"the Spark query {next(iter(others))} has written to this lake from another checkpoint than"
                f" {self._checkpoint()}. Name that one with --checkpoint; if it is lost, run rcml lake adopt first"
            )
        marks = partition_marks(clicks)
        log("new checkpoint, going on from the marks of rcml", checkpoint=self._checkpoint(), marks=json.dumps(marks))
        if not marks:
            return "earliest"
        earliest = -2
        starts = {partition: marks.get(partition, earliest) for partition in self._partitions()}
        return json.dumps({self.settings.topic: {str(partition): offset for partition, offset in starts.items()}})

    def _partitions(self):
        """Spark wants an offset for each partition of the topic, and no other."""
        jvm = self.spark._jvm
        properties = jvm.java.util.Properties()
        properties.put("bootstrap.servers", self.settings.bootstrap)
        for name, value in self.settings.kafka_properties.items():
            properties.put(name, value)
        admin = jvm.org.apache.kafka.clients.admin.AdminClient.create(properties)
        try:
            topics = jvm.java.util.Collections.singletonList(self.settings.topic)
            described = admin.describeTopics(topics).allTopicNames().get().get(self.settings.topic)
            return [info.partition() for info in described.partitions()]
        finally:
            admin.close()

    def _events(self, starting_offsets):
        reader = (
            self.spark.readStream.format("kafka")
            .option("kafka.bootstrap.servers", self.settings.bootstrap)
            .option("subscribe", self.settings.topic)
            .option("startingOffsets", starting_offsets)
            .option("failOnDataLoss", "true")
            .option("maxOffsetsPerTrigger", self.settings.batch_events_max)
            # As rcml reads: what a producer took back never was. The Java client's own default is to hand it out.
            .option("kafka.isolation.level", "read_committed")
        )
        for name, value in self.settings.kafka_properties.items():
            reader = reader.option(f"kafka.{name}", value)
        return reader.load().select("value", "partition", "offset", "timestamp")

    def _commit_batch(self, events, batch):
        try:
            self._commit(events, batch)
        except NeedsPersonError as failure:
            self.failure = failure
            raise

    def _commit(self, events, batch):
        began = time.monotonic()
        query = self.spark.sparkContext.getLocalProperty("sql.streaming.queryId")
        app = f"{self.prefix}spark/{query}"
        marks = self.clicks.marks(self.prefix)
        if f"adopted/{query}" in marks:
            raise NeedsPersonError(
                f"rcml has taken over from this query (rcml lake adopt), so its checkpoint {self._checkpoint()} is of"
                " the past. To go on with Spark, stop rcml and give a new --checkpoint"
            )
        if marks.get(f"spark/{query}", -1) >= batch:
            log("batch is in the lake already", batch=batch)
            self.is_first_batch = False
            return
        rejects_app, known = app, set()
        if self.is_first_batch or self.rejects_ahead:
            # A run before, ours or rcml's, may have committed rejects whose rows never came. They stay what they are,
            # also when the limits were changed in between; what is rejected only now gets a mark of its own.
            known = self._known_rejects(events)
            if self.rejects.marks(self.prefix).get(f"spark/{query}", -1) >= batch:
                rejects_app = f"{app}/again-{time.time_ns()}"
        rows, rejects, texts_cut = self._decode_and_write(events, batch, app, rejects_app, known)
        self.is_first_batch = False
        ms = int(1000 * (time.monotonic() - began))
        log("commit done", batch=batch, rows=rows, rejects=rejects, texts_cut=texts_cut, ms=ms)

    def _known_rejects(self, events):
        found = events.groupBy("partition").agg(functions.min("offset"), functions.max("offset")).collect()
        ranges = {partition: (first, last + 1) for partition, first, last in found}
        ahead = self.rejects_ahead
        self.rejects_ahead = {part: mark for part, mark in ahead.items() if ranges.get(part, (0, 0))[1] < mark}
        return self.rejects.positions_in(ranges)

    def _decode_and_write(self, events, batch, app, rejects_app, known):
        ingested_at = functions.lit(datetime.datetime.now(datetime.UTC))
        decode = decode_batches(self.contract, self.settings.limits, frozenset(known))
        decoded = events.mapInArrow(decode, decoded_schema(self.sent)).persist()
        try:
            decoded = decoded.withColumn("ingested_at", ingested_at)
            texts_cut = functions.coalesce(functions.sum("texts_cut"), functions.lit(0))
            counts = decoded.agg(functions.count("*"), functions.count("reason"), texts_cut).first()
            crash_point("spark.before_rejects_commit")
            if counts[1] > 0:
                rejected = decoded.where("reason IS NOT NULL").withColumn("dt", functions.to_date("ingested_at"))
                self.rejects.append(
                    rejected.select(self.rejects.schema.fieldNames()).coalesce(1),
                    rejects_app,
                    batch,
                    self.settings.codec,
                )
            crash_point("spark.before_clicks_commit")
            good = (
                decoded.where("reason IS NULL")
                .withColumn("revenue", functions.expr("CAST(revenue * 0.01BD AS DECIMAL(12,2))"))
                .withColumn("dt", functions.to_date("event_ts"))
            )
            # Also a batch of rejects alone: its mark says that the batch is done.
            self.clicks.append(good.select(self.clicks.schema.fieldNames()), app, batch, self.settings.codec)
            crash_point("spark.after_clicks_commit")
            return counts[0] - counts[1], counts[1], counts[2]
        finally:
            decoded.unpersist()


def essence(failure):
    """Of Spark's pages of Java and Python frames: the sentences that say what went wrong."""
    lines = [line.strip() for line in str(failure).splitlines()]
    named = [
        line
        for line in lines
        if line.startswith(("Caused by:", "SQLSTATE")) or "Error:" in line or "Exception:" in line
    ]
    return "\n  ".join(dict.fromkeys([*lines[:1], *named[:8]]))


def main(argv=None):
    try:
        settings = load_settings(argv)
    except SettingsError as faults:
        print(f"stream_to_lake: error: {faults}", file=sys.stderr)
        return EXIT_USAGE
    spark = build_session(settings)
    try:
        StreamJob(spark, settings, load_contract()).run()
    except NeedsPersonError as failure:
        print(f"stream_to_lake: error: {failure}", file=sys.stderr)
        return EXIT_NEEDS_PERSON
    except Exception as failure:
        print(f"stream_to_lake: error: {essence(failure)}", file=sys.stderr)
        print("stream_to_lake: nothing is lost: the next run goes on from the checkpoint", file=sys.stderr)
        return EXIT_UNAVAILABLE
    finally:
        spark.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())

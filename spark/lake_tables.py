"""The lake's two Delta tables as Spark sees them: made from contract.json, and what their logs say about progress.

Marks are Delta's `txn` actions. rcml's are "<group>/<topic>/<partition>" = next offset; this job's are
"<group>/<topic>/spark/<query id>" = batch; "<group>/<topic>/adopted/<query id>" says that rcml has taken over from that
query (docs/operations/scale.md, "Hand over").
"""

from pyspark.sql.types import StructType

TABLE_PROPERTIES = {
    # The loader and the audit read the log from its first version on: Delta must not tidy it away after 30 days.
    "delta.enableExpiredLogCleanup": "false",
    # dt stands in the path alone, as in rcml's own files; Delta 4.4 would write it into the files, too.
    "delta.writePartitionColumnsToParquet": "false",
}
SQL_TYPES = {"string": "STRING", "binary": "BINARY", "integer": "INT", "long": "BIGINT", "date": "DATE"}


class NeedsPersonError(Exception):
    """Going on would lose or double data. Exit code 4."""


class LakeTable:
    def __init__(self, spark, lake, name, schema_json):
        self.spark, self.name = spark, name
        self.schema = StructType.fromJson(schema_json)
        self.path = f"{lake.replace('s3://', 's3a://', 1)}/bronze/{name}"
        self.sql_types = {
            field["name"]: SQL_TYPES.get(field["type"], field["type"].upper()) for field in schema_json["fields"]
        }
        self._log = None

    def open_or_create(self):
        properties = ", ".join(f"'{name}' = '{value}'" for name, value in TABLE_PROPERTIES.items())
        columns = ", ".join(
            f"{field.name} {self.sql_types[field.name]}{'' if field.nullable else ' NOT NULL'}" for field in self.schema
        )
        if not self._exists():
            self.spark.sql(
                f"CREATE TABLE IF NOT EXISTS delta.`{self.path}` ({columns}) USING delta PARTITIONED BY (dt)"
                f" TBLPROPERTIES ({properties})"
            )
        self._check_schema()
        known = self._snapshot().metadata().configuration()
        if any(not known.contains(name) for name in TABLE_PROPERTIES):
            self.spark.sql(f"ALTER TABLE delta.`{self.path}` SET TBLPROPERTIES ({properties})")

    def _exists(self):
        return self.spark._jvm.io.delta.tables.DeltaTable.isDeltaTable(self.spark._jsparkSession, self.path)

    def _check_schema(self):
        def shape(schema):
            return [(field.name, field.dataType.simpleString()) for field in schema]

        found = self.spark.read.format("delta").load(self.path).schema
        if shape(found) != shape(self.schema):
            raise NeedsPersonError(
                f"the table {self.path} has other columns than spark/contract.json: {shape(found)}."
                " Name another --lake, or use the version of rcml that made it"
            )

    def _snapshot(self):
        """The newest state of the log."""
        if self._log is None:
            self._log = self.spark._jvm.org.apache.spark.sql.delta.DeltaLog.forTable(
                self.spark._jsparkSession, self.path
            )
        defaults = [getattr(self._log, f"update$default${number}")() for number in (1, 2, 3)]
        return self._log.update(*defaults)

    def marks(self, prefix):
        """All marks whose app begins so, without the prefix."""
        actions = self._snapshot().setTransactions()
        found = {}
        for i in range(actions.size()):
            action = actions.apply(i)
            if action.appId().startswith(prefix):
                found[action.appId()[len(prefix) :]] = action.version()
        return found

    def positions_in(self, ranges):
        """Positions that the table holds within {partition: (first, end)}, as (partition, offset)."""
        if not ranges:
            return set()
        condition = " OR ".join(
            f"(source_partition = {partition} AND source_offset >= {first} AND source_offset < {end})"
            for partition, (first, end) in ranges.items()
        )
        rows = self.spark.read.format("delta").load(self.path).where(condition)
        return {(row[0], row[1]) for row in rows.select("source_partition", "source_offset").collect()}

    def append(self, rows, app, version, codec):
        """One commit with its mark; Delta leaves it out when the log has that mark already."""
        (
            rows.write.format("delta")
            .mode("append")
            .option("txnAppId", app)
            .option("txnVersion", version)
            .option("compression", codec)
            .save(self.path)
        )


def partition_marks(marks):
    """Of marks without prefix: {partition: next offset}."""
    return {int(name): version for name, version in marks.items() if name.isdigit()}


def queries_not_adopted(clicks_marks, rejects_marks):
    """Queries whose rows rcml's marks do not cover, with their last batch."""
    newest = {}
    for marks in (clicks_marks, rejects_marks):
        for name, batch in marks.items():
            if name.startswith("spark/"):
                query = name.split("/")[1]
                newest[query] = max(batch, newest.get(query, -1))
    return {query: batch for query, batch in newest.items() if clicks_marks.get(f"adopted/{query}", -1) < batch}

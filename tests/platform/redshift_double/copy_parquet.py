"""copy_parquet.py: which files a COPY reads, whether they fit the table, and their rows as text for PostgreSQL.

Everything comes from the real S3 server: the manifest, each object's length, each Parquet footer. Columns go by position,
as in Redshift: names are never compared.
"""

import io
import json
import os
import re
from dataclasses import dataclass

import pyarrow
import pyarrow.compute
import pyarrow.csv
import pyarrow.fs
import pyarrow.parquet
from refusals import RefusedError

# Row groups are read in pieces of this many rows, so that the double's memory stays flat.
BATCH_ROWS = 20_000


@dataclass
class TableColumn:
    name: str
    type: str  # As PostgreSQL's format_type() gives it.
    is_not_null: bool

    @property
    def bytes_max(self):
        match = re.fullmatch(r"character(?: varying)?\((\d+)\)", self.type)
        return int(match[1]) if match else None


@dataclass
class SourceFile:
    url: str
    bytes: int
    reader: object = None


def spectrum_error(case, code, context):
    """As clients report it (aws/amazon-redshift-python-driver#107, aws/aws-sdk-pandas#280): what was wrong is in the detail."""
    rule = "  " + 47 * "-"
    lines = ["", rule, "  error:  Spectrum Scan Error", f"  code:      {code}", f"  context:   {context}", "  query:     1",
             "  location:  dory_util.cpp:1450", "  process:   worker_thread [pid=1]", rule, ""]  # fmt: skip
    return RefusedError(case, "Spectrum Scan Error", "XX000", "\n".join(lines), reason=context)


def _key(url):
    return url.removeprefix("s3://")


def _address(url):
    """How Redshift names a file in an error: by the address it read it from."""
    return f"https://s3.{os.environ.get('AWS_REGION', 'us-east-1')}.amazonaws.com/{_key(url)}"


def source_files(store, statement):
    """Files named by the manifest, or all that begin with the prefix: a plain prefix of text, not a folder."""
    if "manifest" in statement.parameters:
        return _manifest_files(store, statement.source)
    bucket = _key(statement.source).split("/", 1)[0]
    wanted = _key(statement.source)
    infos = store.get_file_info(pyarrow.fs.FileSelector(bucket, recursive=True))
    found = [
        SourceFile(f"s3://{info.path}", info.size) for info in infos if info.is_file and info.path.startswith(wanted)
    ]
    if not found:
        raise RefusedError(
            "prefix_empty", f"The specified S3 prefix '{wanted.split('/', 1)[-1]}' does not exist", "XX000"
        )
    return sorted(found, key=lambda file: file.url)


def _manifest_files(store, url):
    info = store.get_file_info(_key(url))
    if not info.is_file:
        raise RefusedError("manifest_missing", f"Problem reading manifest file - S3ServiceException: The specified key does not "
                      f"exist., Status 404, {url}")  # fmt: skip
    with store.open_input_file(_key(url)) as file:
        text = file.read()
    try:
        entries = json.loads(text)["entries"]
    except (ValueError, KeyError, TypeError) as error:
        raise RefusedError(
            "manifest_not_json", f"Problem reading manifest file - invalid manifest {url}: {error}"
        ) from error
    found = [file for file in (_manifest_entry(store, url, entry) for entry in entries) if file is not None]
    if not found:
        raise RefusedError("manifest_finds_nothing", f"None of the files of manifest {url} was found")
    return found


def _manifest_entry(store, manifest, entry):
    url = entry.get("url", "") if isinstance(entry, dict) else ""
    if not re.fullmatch(r"s3://[^/]+/.+", url):
        raise RefusedError("manifest_url", f"Problem reading manifest file {manifest} - not a full S3 path: '{url}'")
    length = (entry.get("meta") or {}).get("content_length")
    if not isinstance(length, int) or isinstance(length, bool):
        raise RefusedError("content_length_missing", f"Problem reading manifest file {manifest} - COPY from PARQUET needs "
                      f"meta.content_length for {url}")  # fmt: skip
    info = store.get_file_info(_key(url))
    if not info.is_file:
        # Not mandatory, which is the default: skipped in silence, as the page says.
        if not entry.get("mandatory", False):
            return None
        raise RefusedError(
            "file_missing", f"S3ServiceException: The specified key does not exist., Status 404, mandatory file {url}"
        )
    if info.size != length:
        raise RefusedError("content_length_wrong", f"Problem reading manifest file {manifest} - meta.content_length is {length}, "
                      f"{url} has {info.size} bytes")  # fmt: skip
    return SourceFile(url, info.size)


def check_file(store, file, columns):
    """Opens the file and compares its columns with the table's, one by one in order."""
    try:
        file.reader = pyarrow.parquet.ParquetFile(store.open_input_file(_key(file.url)))
    except (pyarrow.ArrowInvalid, OSError) as error:
        raise spectrum_error(
            "not_parquet", 15007, f"File '{_address(file.url)}' is not a Parquet file: {error}"
        ) from error
    schema = file.reader.schema
    fields = file.reader.schema_arrow
    if len(fields) != len(columns):
        raise spectrum_error("column_count", 15007, "Unmatched number of columns between table and file. Table columns: "
                             f"{len(columns)}, Data columns: {len(fields)}, File name: {_address(file.url)}")  # fmt: skip
    for position, (column, field) in enumerate(zip(columns, fields, strict=True)):
        if pyarrow.types.is_nested(field.type):
            raise _incompatible("nested", file, column, field, "nested")
        _check_type(file, column, field, schema.column(position))


def _incompatible(case, file, column, field, parquet):
    return spectrum_error(case, 15007, f"File '{_address(file.url)}' has an incompatible Parquet schema for column "
                          f"'{file.url}.{column.name}'. Column type: {column.type.upper()}, Parquet schema: "
                          f"optional {parquet} {field.name}")  # fmt: skip


def _check_type(file, column, field, leaf):
    logical = json.loads(leaf.logical_type.to_json())
    kind = logical.get("Type", "None")
    parquet = f"{leaf.physical_type} {kind}"
    if leaf.physical_type == "INT96" or (kind == "Timestamp" and logical.get("timeUnit") == "nanoseconds"):
        raise _incompatible(
            "nanoseconds", file, column, field, "int64 TIMESTAMP(NANOS): Redshift would read it as microseconds"
        )
    if leaf.physical_type == "BYTE_ARRAY" and kind == "None" and column.bytes_max is not None:
        raise _incompatible("unannotated_text", file, column, field, "binary without STRING")
    if not _fits(column.type, leaf.physical_type, kind, field.type):
        raise _incompatible("column_type", file, column, field, parquet)


def _fits(table_type, physical, kind, arrow_type):
    if table_type.startswith("character"):
        return physical == "BYTE_ARRAY" and kind == "String"
    if table_type.startswith("timestamp"):
        return physical == "INT64" and kind == "Timestamp"
    if table_type.startswith("numeric"):
        return f"numeric({getattr(arrow_type, 'precision', '-')},{getattr(arrow_type, 'scale', '-')})" == table_type
    if table_type.endswith(("varbyte", "bytea")):
        return physical == "BYTE_ARRAY" and kind == "None"
    plain = {
        "date": pyarrow.date32(), "smallint": pyarrow.int16(), "integer": pyarrow.int32(), "bigint": pyarrow.int64(),
        "real": pyarrow.float32(), "double precision": pyarrow.float64(), "boolean": pyarrow.bool_(),
    }  # fmt: skip
    return plain.get(table_type) == arrow_type


def text_batches(file, columns):
    """(rows, CSV) pairs. Values are checked here, as Redshift meets them: while it reads."""
    try:
        for batch in file.reader.iter_batches(BATCH_ROWS):
            arrays = [_text_array(file, column, batch.column(i)) for i, column in enumerate(columns)]
            yield batch.num_rows, _csv(arrays)
    except (pyarrow.ArrowInvalid, OSError) as error:
        raise spectrum_error("not_parquet", 15001, f"File '{_address(file.url)}' cannot be decoded: {error}") from error


# How a writer had them in memory is kept in a file's metadata; delta-rs has views.
PLAIN = {pyarrow.string_view(): pyarrow.string(), pyarrow.binary_view(): pyarrow.binary()}


def _text_array(file, column, array):
    if pyarrow.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    array = array.cast(PLAIN.get(array.type, array.type))
    if column.is_not_null and array.null_count:
        raise spectrum_error(
            "null_in_not_null", 15001, f"Null value in not-null column {column.name}, File name: {_address(file.url)}"
        )
    if column.bytes_max is not None:
        _check_text(file, column, array)
    if pyarrow.types.is_timestamp(array.type):
        return array.cast(pyarrow.timestamp("us")).cast(pyarrow.string())
    if pyarrow.types.is_binary(array.type):
        return pyarrow.array([None if v is None else "\\x" + v.hex() for v in array.to_pylist()], pyarrow.string())
    return array if pyarrow.types.is_string(array.type) else array.cast(pyarrow.string())


def _check_text(file, column, array):
    longest = pyarrow.compute.max(pyarrow.compute.binary_length(array)).as_py() or 0
    if longest > column.bytes_max:
        raise spectrum_error("length_bytes", 15001, f"The length of the data column {column.name} is longer than the length "
                             f"defined in the table. Table: {column.bytes_max}, Data: {longest}, File name: {_address(file.url)}")  # fmt: skip
    try:
        array.validate(full=True)
    except pyarrow.ArrowInvalid as error:
        raise spectrum_error(
            "invalid_utf8", 15001, f"Invalid UTF8 sequence in column {column.name}, File name: {_address(file.url)}"
        ) from error


def _csv(arrays):
    out = io.BytesIO()
    table = pyarrow.Table.from_arrays(arrays, [str(i) for i in range(len(arrays))])
    pyarrow.csv.write_csv(table, out, pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed"))
    return out.getvalue()

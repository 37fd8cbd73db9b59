#include "lake/parquet/reject_reader.h"

#include <arrow/io/interfaces.h>
#include <parquet/column_reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>

#include "lake/store/arrow_status.h"

namespace rcml::lake {
namespace {

// One column of one row group, read a value at a time: rejects are few.
class Cursor {
 public:
  Cursor(parquet::RowGroupReader& group, const parquet::SchemaDescriptor& schema, const std::string& name) {
    const int column = schema.ColumnIndex(name);
    if (column < 0) throw parquet::ParquetException("there is no column " + name);
    reader_ = group.Column(column);
  }

  std::string_view text() {
    const auto value = next<parquet::ByteArrayReader, parquet::ByteArray>(parquet::Type::BYTE_ARRAY);
    if (is_null_) return {};
    return {value.len == 0 ? "" : reinterpret_cast<const char*>(value.ptr), value.len};
  }
  int32_t int32() { return next<parquet::Int32Reader, int32_t>(parquet::Type::INT32); }
  int64_t int64() { return next<parquet::Int64Reader, int64_t>(parquet::Type::INT64); }
  UtcMicros time() {
    if (reader_->type() != parquet::Type::INT96) return UtcMicros(int64());
    return UtcMicros(parquet::Int96GetMicroSeconds(next<parquet::Int96Reader, parquet::Int96>(parquet::Type::INT96)));
  }

 private:
  template <class Reader, class Value>
  Value next(parquet::Type::type type) {
    if (reader_->type() != type)
      throw parquet::ParquetException("column " + reader_->descr()->name() + " has another type");
    const bool is_optional = reader_->descr()->max_definition_level() > 0;
    int16_t level = 1;
    Value value{};
    int64_t value_count = 0;
    const int64_t count =
        static_cast<Reader&>(*reader_).ReadBatch(1, is_optional ? &level : nullptr, nullptr, &value, &value_count);
    if ((is_optional ? count : value_count) != 1)
      throw parquet::ParquetException("column " + reader_->descr()->name() + " ends early");
    is_null_ = value_count == 0;
    return value;
  }

  std::shared_ptr<parquet::ColumnReader> reader_;
  bool is_null_ = false;
};

enum class RawBytes : uint8_t { skip, read };

void read_row_group(parquet::RowGroupReader& group, const parquet::SchemaDescriptor& schema, RawBytes raw_bytes,
                    const RejectVisitor& found) {
  Cursor reason(group, schema, "reason");
  Cursor detail(group, schema, "detail");
  Cursor raw(group, schema, "raw");
  Cursor length(group, schema, "raw_bytes");
  Cursor partition(group, schema, "source_partition");
  Cursor offset(group, schema, "source_offset");
  Cursor arrived_at(group, schema, "arrived_at");
  Cursor ingested_at(group, schema, "ingested_at");
  for (int64_t row = 0; row < group.metadata()->num_rows(); ++row) {
    StoredReject reject;
    reject.reason = reason.text();
    reject.detail = detail.text();
    if (raw_bytes == RawBytes::read) reject.raw = raw.text();
    reject.raw_bytes = length.int64();
    reject.source_partition = Partition(partition.int32());
    reject.source_offset = Offset(offset.int64());
    reject.arrived_at = arrived_at.time();
    reject.ingested_at = ingested_at.time();
    found(reject);
  }
}

Status read_file(const Location& table, const std::string& path, RawBytes raw_bytes, const RejectVisitor& found) {
  RCML_TRY(auto input, table.read(path));
  try {
    const auto reader = parquet::ParquetFileReader::Open(input);
    const auto metadata = reader->metadata();
    for (int group = 0; group < metadata->num_row_groups(); ++group) {
      read_row_group(*reader->RowGroup(group), *metadata->schema(), raw_bytes, found);
    }
  } catch (const std::exception& thrown) {
    return read_error(thrown, table.absolute(path), "Restore the file from a copy; the lake's log counts on it");
  }
  return {};
}

}  // namespace

Status read_rejects(const Location& table, const std::string& path, const RejectVisitor& found) {
  return read_file(table, path, RawBytes::skip, found);
}

Status read_rejects_with_raw(const Location& table, const std::string& path, const RejectVisitor& found) {
  return read_file(table, path, RawBytes::read, found);
}

}  // namespace rcml::lake

#include "lake/parquet/column_file.h"

#include <arrow/io/interfaces.h>
#include <arrow/memory_pool.h>
#include <parquet/column_writer.h>
#include <parquet/exception.h>
#include <parquet/file_writer.h>
#include <parquet/properties.h>

#include "core/crash_point.h"
#include "lake/store/arrow_status.h"

namespace rcml::lake {
namespace {

using parquet::schema::GroupNode;
using parquet::schema::NodeVector;
using parquet::schema::PrimitiveNode;

constexpr int64_t kPageBytes = 256 << 10;  // Each open column of each open date holds one that is not yet compressed.

std::shared_ptr<const parquet::LogicalType> logical_type(ValueKind kind) {
  switch (kind) {
    case ValueKind::text: return parquet::LogicalType::String();
    case ValueKind::timestamp_us: return parquet::LogicalType::Timestamp(true, parquet::LogicalType::TimeUnit::MICROS);
    case ValueKind::decimal_12_2: return parquet::LogicalType::Decimal(12, 2);
    case ValueKind::binary:
    case ValueKind::int32:
    case ValueKind::int64: return parquet::LogicalType::None();
  }
  return parquet::LogicalType::None();
}

parquet::Type::type physical_type(ValueKind kind) {
  switch (kind) {
    case ValueKind::text:
    case ValueKind::binary: return parquet::Type::BYTE_ARRAY;
    case ValueKind::int32: return parquet::Type::INT32;
    case ValueKind::int64:
    case ValueKind::timestamp_us:
    case ValueKind::decimal_12_2: return parquet::Type::INT64;
  }
  return parquet::Type::INT64;
}

bool is_bytes(ValueKind kind) { return physical_type(kind) == parquet::Type::BYTE_ARRAY; }

std::shared_ptr<GroupNode> schema_of(const std::vector<FileColumn>& columns) {
  NodeVector fields;
  for (const FileColumn& column : columns) {
    const auto repetition = column.is_required ? parquet::Repetition::REQUIRED : parquet::Repetition::OPTIONAL;
    fields.push_back(PrimitiveNode::Make(std::string(column.name), repetition, logical_type(column.kind),
                                         physical_type(column.kind)));
  }
  return std::static_pointer_cast<GroupNode>(GroupNode::Make("schema", parquet::Repetition::REQUIRED, fields));
}

std::shared_ptr<parquet::WriterProperties> properties_of(const std::vector<FileColumn>& columns,
                                                         const FileOptions& options, arrow::MemoryPool* pool) {
  parquet::WriterProperties::Builder builder;
  builder.memory_pool(pool)->created_by("rcml " RCML_VERSION)->version(parquet::ParquetVersion::PARQUET_2_6);
  builder.dictionary_pagesize_limit(256 << 10);
  builder.data_page_version(parquet::ParquetDataPageVersion::V1)->data_pagesize(kPageBytes);
  // Ours alone decides when a row group ends; Parquet's own bound by rows stays out of the way.
  builder.max_row_group_length(INT64_MAX)->set_size_statistics_level(parquet::SizeStatisticsLevel::None);
  if (options.codec == Codec::zstd) {
    builder.compression(parquet::Compression::ZSTD)->compression_level(options.zstd_level);
  } else {
    builder.compression(parquet::Compression::SNAPPY);
  }
  for (const FileColumn& column : columns) {
    const std::string name(column.name);
    if (!column.has_dictionary) builder.disable_dictionary(name)->encoding(name, parquet::Encoding::PLAIN);
    if (!column.has_statistics) builder.disable_statistics(name);
  }
  return builder.build();
}

}  // namespace

// Parquet's side: everything that may throw.
struct ColumnFile::Encoder {
  const Location* table = nullptr;
  std::string path;
  int64_t row_group_bytes_target = 0;
  // malloc's, not Arrow's default: that asks for huge pages, which are zeroed whole and stay half used.
  arrow::ProxyMemoryPool pool{arrow::system_memory_pool()};
  std::shared_ptr<arrow::io::OutputStream> stream;
  std::unique_ptr<parquet::ParquetFileWriter> file;
  parquet::RowGroupWriter* row_group = nullptr;
  std::vector<parquet::ByteArray> views;  // Reused by every column.
  std::vector<int32_t> narrow_numbers;

  // Runs `work`, which calls Parquet, and turns what it throws into our error.
  template <class Work>
  Status attempt(Work work) {
    try {
      work();
      return {};
    } catch (const parquet::ParquetStatusException& thrown) {
      return store_error(thrown.status(), "write", table->absolute(path));
    } catch (const std::exception& thrown) {
      return unavailable("write " + table->absolute(path) + ": " + without_secrets(thrown.what()));
    }
  }

  // Encoded so far in the open row group: compressed pages, and the pages still being filled as they are.
  int64_t row_group_bytes() const {
    if (row_group == nullptr) return 0;
    const auto filling = row_group->estimated_buffered_stats();
    return row_group->total_compressed_bytes() + row_group->total_compressed_bytes_written() + filling.value_bytes +
           filling.dict_bytes + filling.def_level_bytes;
  }

  void write_bytes(parquet::ColumnWriter* column, const Stage& stage, const int16_t* levels, int64_t rows);
  void write_numbers(parquet::ColumnWriter* column, const Stage& stage, const int16_t* levels, int64_t rows);
};

void ColumnFile::Encoder::write_bytes(parquet::ColumnWriter* column, const Stage& stage, const int16_t* levels,
                                      int64_t rows) {
  views.clear();
  const auto* at = reinterpret_cast<const uint8_t*>(stage.bytes.data());
  for (uint32_t i = 0; i < stage.value_count; ++i) {
    views.emplace_back(stage.lengths[i], at);
    at += stage.lengths[i];
  }
  static_cast<parquet::ByteArrayWriter*>(column)->WriteBatch(rows, levels, nullptr, views.data());
}

void ColumnFile::Encoder::write_numbers(parquet::ColumnWriter* column, const Stage& stage, const int16_t* levels,
                                        int64_t rows) {
  if (column->type() == parquet::Type::INT64) {
    static_cast<parquet::Int64Writer*>(column)->WriteBatch(rows, levels, nullptr, stage.numbers.get());
    return;
  }
  narrow_numbers.assign(stage.numbers.get(), stage.numbers.get() + stage.value_count);
  static_cast<parquet::Int32Writer*>(column)->WriteBatch(rows, levels, nullptr, narrow_numbers.data());
}

ColumnFile::ColumnFile() : encoder_(std::make_unique<Encoder>()) {}

ColumnFile::~ColumnFile() {
  // An abandoned writer would otherwise write a footer in its destructor, and throw there when it cannot.
  if (encoder_->stream != nullptr && !encoder_->stream->closed()) encoder_->stream->Abort().ok();
  encoder_->attempt([this] { encoder_->file.reset(); }).ok();
}

Result<std::unique_ptr<ColumnFile>> ColumnFile::create(const Location& table, std::string path,
                                                       const std::vector<FileColumn>& columns,
                                                       const FileOptions& options) {
  auto made = std::unique_ptr<ColumnFile>(new ColumnFile());
  Encoder& encoder = *made->encoder_;
  encoder.table = &table;
  encoder.path = std::move(path);
  encoder.row_group_bytes_target = options.row_group_bytes_target;
  RCML_TRY(encoder.stream, table.create(encoder.path));
  made->columns_ = columns;
  made->stages_.resize(columns.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    Stage& stage = made->stages_[i];
    stage.levels = std::make_unique_for_overwrite<int16_t[]>(kStagedRowsMax);
    if (is_bytes(columns[i].kind)) {
      stage.lengths = std::make_unique_for_overwrite<uint32_t[]>(kStagedRowsMax);
    } else {
      stage.numbers = std::make_unique_for_overwrite<int64_t[]>(kStagedRowsMax);
    }
  }
  RCML_OK(encoder.attempt([&] {
    encoder.file = parquet::ParquetFileWriter::Open(encoder.stream, schema_of(columns),
                                                    properties_of(columns, options, &encoder.pool));
  }));
  return made;
}

Status ColumnFile::hand_over() {
  if (staged_rows_ == 0) return {};
  crash_point("parquet.write");
  RCML_OK(encoder_->attempt([this] { encode_stages(); }));
  for (Stage& stage : stages_) {
    stage.bytes_used = 0;
    stage.value_count = 0;
    stage.level_count = 0;
  }
  staged_rows_ = 0;
  staged_bytes_ = 0;
  return {};
}

void ColumnFile::encode_stages() {
  if (encoder_->row_group == nullptr) encoder_->row_group = encoder_->file->AppendBufferedRowGroup();
  for (size_t i = 0; i < stages_.size(); ++i) {
    const Stage& stage = stages_[i];
    const bool is_required = columns_[i].is_required;
    // A row that skipped a column, or a null where none may be, would shift all that follow.
    RCML_CHECK(stage.level_count == staged_rows_ && (!is_required || stage.value_count == staged_rows_));
    const int16_t* const levels = is_required ? nullptr : stage.levels.get();
    parquet::ColumnWriter* const column = encoder_->row_group->column(static_cast<int>(i));
    if (is_bytes(columns_[i].kind)) {
      encoder_->write_bytes(column, stage, levels, staged_rows_);
    } else {
      encoder_->write_numbers(column, stage, levels, staged_rows_);
    }
  }
  if (encoder_->row_group_bytes() < encoder_->row_group_bytes_target) return;
  encoder_->row_group->Close();
  encoder_->row_group = nullptr;
}

int64_t ColumnFile::bytes_buffered() const {
  int64_t staged = 0;
  for (const Stage& stage : stages_) {
    const size_t per_row = sizeof(int16_t) + (stage.lengths ? sizeof(uint32_t) : sizeof(int64_t));
    staged += static_cast<int64_t>(stage.bytes.capacity() + kStagedRowsMax * per_row);
  }
  return staged + encoder_->pool.bytes_allocated();
}

int64_t ColumnFile::bytes_estimated() const {
  // Staged text compresses to about a third; it is a small part of a file of any size.
  return encoder_->stream->Tell().ValueOr(0) + encoder_->row_group_bytes() + staged_bytes_ / 3;
}

Result<int64_t> ColumnFile::finish() {
  RCML_OK(hand_over());
  RCML_OK(encoder_->attempt([this] { encoder_->file->Close(); }));
  const int64_t bytes = encoder_->stream->Tell().ValueOr(0);
  crash_point("parquet.close");
  if (const arrow::Status closed = encoder_->stream->Close(); !closed.ok()) {
    return store_error(closed, "close", encoder_->table->absolute(encoder_->path));
  }
  RCML_OK(encoder_->table->make_durable(encoder_->path));
  return bytes;
}

}  // namespace rcml::lake

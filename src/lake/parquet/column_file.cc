#include "lake/parquet/column_file.h"

#include <arrow/io/interfaces.h>
#include <arrow/memory_pool.h>
#include <parquet/column_writer.h>
#include <parquet/exception.h>
#include <parquet/file_writer.h>
#include <parquet/metadata.h>
#include <parquet/page_index.h>
#include <parquet/properties.h>
#include <parquet/schema.h>

#include "core/crash_point.h"
#include "lake/store/arrow_status.h"

namespace rcml::lake {
namespace {

using parquet::schema::GroupNode;
using parquet::schema::NodeVector;
using parquet::schema::PrimitiveNode;

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

std::shared_ptr<GroupNode> schema_of(const std::vector<FileColumn>& columns) {
  NodeVector fields;
  for (const FileColumn& column : columns) {
    const auto repetition = column.is_required ? parquet::Repetition::REQUIRED : parquet::Repetition::OPTIONAL;
    fields.push_back(PrimitiveNode::Make(std::string(column.name), repetition, logical_type(column.kind),
                                         physical_type(column.kind)));
  }
  return std::static_pointer_cast<GroupNode>(GroupNode::Make("schema", parquet::Repetition::REQUIRED, fields));
}

// What the metadata says of the file; pages are ours.
std::shared_ptr<parquet::WriterProperties> properties_of(const FileOptions& options, arrow::MemoryPool* pool) {
  parquet::WriterProperties::Builder builder;
  builder.memory_pool(pool)->created_by("rcml " RCML_VERSION)->version(parquet::ParquetVersion::PARQUET_2_6);
  builder.data_page_version(parquet::ParquetDataPageVersion::V1);
  if (options.codec == Codec::zstd) {
    builder.compression(parquet::Compression::ZSTD)->compression_level(options.zstd_level);
  } else {
    builder.compression(parquet::Compression::SNAPPY);
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
  parquet::SchemaDescriptor schema;
  std::shared_ptr<parquet::WriterProperties> properties;
  std::unique_ptr<parquet::FileMetaDataBuilder> metadata;
  std::unique_ptr<parquet::PageIndexBuilder> page_index;
  parquet::RowGroupMetaDataBuilder* row_group = nullptr;  // Open when not null.
  int16_t row_group_count = 0;
  ByteArray scratch;

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

  void begin(const std::vector<FileColumn>& columns, const FileOptions& options);
  void open_row_group(std::vector<ColumnChunk>& chunks);
  void close_row_group(std::vector<ColumnChunk>& chunks, int64_t rows);
  void end();
};

void ColumnFile::Encoder::begin(const std::vector<FileColumn>& columns, const FileOptions& options) {
  schema.Init(schema_of(columns));
  properties = properties_of(options, &pool);
  metadata = parquet::FileMetaDataBuilder::Make(&schema, properties);
  page_index = parquet::PageIndexBuilder::Make(&schema);
  PARQUET_THROW_NOT_OK(stream->Write(parquet::kParquetMagic, sizeof(parquet::kParquetMagic)));
}

void ColumnFile::Encoder::open_row_group(std::vector<ColumnChunk>& chunks) {
  row_group = metadata->AppendRowGroup();
  page_index->AppendRowGroup();
  for (size_t i = 0; i < chunks.size(); ++i) {
    const auto column = static_cast<int16_t>(i);
    const auto name = schema.Column(column)->path();
    const auto codec_options = properties->codec_options(name);  // Null for a codec without levels.
    parquet::ColumnChunkMetaDataBuilder* const chunk = row_group->NextColumnChunk();
    constexpr bool kIsBuffered = true;  // In memory until the columns before it are in the file.
    chunks[i].open(
        parquet::PageWriter::Open(stream, properties->compression(name), chunk, row_group_count, column, &pool,
                                  kIsBuffered, nullptr, nullptr, false, page_index->GetColumnIndexBuilder(column),
                                  page_index->GetOffsetIndexBuilder(column),
                                  codec_options ? *codec_options : parquet::CodecOptions()),
        chunk, &pool, &scratch);
  }
}

void ColumnFile::Encoder::close_row_group(std::vector<ColumnChunk>& chunks, int64_t rows) {
  int64_t bytes = 0;
  for (ColumnChunk& chunk : chunks) bytes += chunk.close();
  row_group->set_num_rows(rows);
  row_group->Finish(bytes, row_group_count);
  row_group = nullptr;
  ++row_group_count;
}

void ColumnFile::Encoder::end() {
  page_index->Finish();
  const auto locations = page_index->WriteTo(stream.get());
  metadata->SetIndexLocations(parquet::IndexKind::kColumnIndex, locations.column_index_locations);
  metadata->SetIndexLocations(parquet::IndexKind::kOffsetIndex, locations.offset_index_locations);
  parquet::WriteFileMetaData(*metadata->Finish(), stream.get());
}

ColumnFile::ColumnFile() : encoder_(std::make_unique<Encoder>()) {}

ColumnFile::~ColumnFile() {
  if (encoder_->stream != nullptr && !encoder_->stream->closed()) encoder_->stream->Abort().ok();
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
  RCML_OK(encoder.attempt([&] { encoder.begin(columns, options); }));
  for (const FileColumn& column : columns) made->chunks_.emplace_back(column);
  for (ColumnChunk& chunk : made->chunks_) chunk.make_room(kRowsBetweenChecks);
  return made;
}

Status ColumnFile::check_pages() {
  if (rows_unchecked_ == 0) return {};
  crash_point("parquet.write");
  rows_in_group_ += rows_unchecked_;
  rows_unchecked_ = 0;
  bytes_unchecked_ = 0;
  return encoder_->attempt([this] { end_pages(); });
}

void ColumnFile::end_pages() {
  if (encoder_->row_group == nullptr) encoder_->open_row_group(chunks_);
  int64_t bytes = 0;
  for (ColumnChunk& chunk : chunks_) {
    // A row that skipped a column, or a null where none may be, would shift all that follow.
    RCML_CHECK(chunk.row_count() == rows_in_group_);
    chunk.end_rows();
    bytes += chunk.bytes_encoded();
  }
  if (bytes >= encoder_->row_group_bytes_target) {
    encoder_->close_row_group(chunks_, rows_in_group_);
    rows_in_group_ = 0;
  }
  for (ColumnChunk& chunk : chunks_) chunk.make_room(kRowsBetweenChecks);
}

int64_t ColumnFile::bytes_buffered() const {
  int64_t held = encoder_->pool.bytes_allocated() + encoder_->scratch.bytes_held();
  for (const ColumnChunk& chunk : chunks_) held += chunk.bytes_held();
  return held;
}

int64_t ColumnFile::bytes_estimated() const {
  int64_t bytes = encoder_->stream->Tell().ValueOr(0);
  for (const ColumnChunk& chunk : chunks_) bytes += chunk.bytes_encoded();
  return bytes;
}

Result<int64_t> ColumnFile::finish() {
  RCML_OK(check_pages());
  RCML_OK(encoder_->attempt([this] {
    if (rows_in_group_ > 0) encoder_->close_row_group(chunks_, rows_in_group_);
    encoder_->end();
  }));
  const int64_t bytes = encoder_->stream->Tell().ValueOr(0);
  crash_point("parquet.close");
  if (const arrow::Status closed = encoder_->stream->Close(); !closed.ok()) {
    return store_error(closed, "close", encoder_->table->absolute(encoder_->path));
  }
  RCML_OK(encoder_->table->make_durable(encoder_->path));
  return bytes;
}

}  // namespace rcml::lake

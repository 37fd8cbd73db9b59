#include "warehouse/parquet_input.h"

#include <arrow/io/file.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/schema.h>
#include <parquet/statistics.h>
#include <sys/stat.h>

#include <algorithm>

#include "contract/columns.h"
#include "core/clock.h"

namespace rcml::warehouse {
namespace {

constexpr std::string_view kDamagedCure =
    "Nothing was loaded. Run `rcml audit`; restore the file from a backup of the lake, or replay its source range";

Error damaged(RawTable table, const LakeFile& file, const std::string& what) {
  return corrupt("lake file " + file_label(table, file) + " " + what, std::string(kDamagedCure));
}

std::string logical_name(const parquet::ColumnDescriptor& column) {
  const auto& logical = column.logical_type();
  const std::string physical = parquet::TypeToString(column.physical_type());
  return logical == nullptr || logical->is_none() ? physical : physical + " " + logical->ToString();
}

bool is_type(const parquet::ColumnDescriptor& column, RawType type) {
  const auto& logical = column.logical_type();
  const parquet::Type::type physical = column.physical_type();
  switch (type) {
    case RawType::text: return physical == parquet::Type::BYTE_ARRAY && logical->is_string();
    case RawType::binary: return physical == parquet::Type::BYTE_ARRAY && logical->is_none();
    case RawType::timestamp_us:
      if (physical == parquet::Type::INT96) return true;  // What Spark writes unless it is told otherwise.
      // Nanoseconds would reach Redshift as dates of the year 161065.
      return physical == parquet::Type::INT64 && logical->is_timestamp() &&
             static_cast<const parquet::TimestampLogicalType&>(*logical).time_unit() ==
                 parquet::LogicalType::TimeUnit::MICROS;
    case RawType::decimal_12_2:
      return logical->is_decimal() && column.type_precision() == 12 && column.type_scale() == 2;
    case RawType::int32: return physical == parquet::Type::INT32 && (logical->is_none() || logical->is_int());
    case RawType::int64: return physical == parquet::Type::INT64 && (logical->is_none() || logical->is_int());
    case RawType::date: return physical == parquet::Type::INT32 && logical->is_date();
  }
  return false;
}

// A file may lack what was added later; the rest is a broken writer.
bool may_be_absent(const RawColumn& column) {
  static const auto additive = [] {
    std::vector<std::string_view> names;
    for (const contract::ColumnSpec& spec : contract::kColumns) {
      if (spec.origin == contract::ColumnOrigin::additive) names.push_back(spec.name);
    }
    return names;
  }();
  return std::ranges::find(additive, column.name) != additive.end();
}

Result<InspectedFile> inspect_schema(RawTable table, const LakeFile& file, const parquet::SchemaDescriptor& schema) {
  const RawTableSpec& spec = raw_table(table);
  InspectedFile inspected{file, FileShape(spec.file_columns.size(), -1), {}};
  for (int i = 0; i < schema.num_columns(); ++i) {
    const parquet::ColumnDescriptor& column = *schema.Column(i);
    if (column.name() == "dt") {
      inspected.has_dt = true;
      inspected.columns.push_back(column.name());
      continue;
    }
    const auto it = std::ranges::find(spec.file_columns, column.name(), &RawColumn::name);
    if (it == spec.file_columns.end()) {
      return Error{
          ErrorKind::corrupt,
          "lake file " + file_label(table, file) + " has a column the contract does not know: " + column.name(),
          "Load with the version of rcml that wrote it, or a newer one"};
    }
    if (!is_type(column, it->type)) {
      return damaged(
          table, file,
          "holds column " + column.name() + " as " + logical_name(column) + ", which is not the contract's type");
    }
    inspected.shape[static_cast<size_t>(it - spec.file_columns.begin())] = i;
    inspected.columns.push_back(column.name());
  }
  for (size_t i = 0; i < spec.file_columns.size(); ++i) {
    if (inspected.shape[i] >= 0 || may_be_absent(spec.file_columns[i])) continue;
    return damaged(table, file, "lacks the column " + spec.file_columns[i].name);
  }
  return inspected;
}

// Whether the statistics of each row group say that all its times are of that date.
bool are_times_of(Dt dt, const parquet::FileMetaData& metadata, int column) {
  const int64_t begin = int64_t{dt.value} * kMicrosPerDay;
  if (metadata.schema()->Column(column)->physical_type() != parquet::Type::INT64) return false;
  for (int i = 0; i < metadata.num_row_groups(); ++i) {
    const auto statistics = metadata.RowGroup(i)->ColumnChunk(column)->statistics();
    if (statistics == nullptr || !statistics->HasMinMax()) return false;
    const auto& bounds = static_cast<const parquet::TypedStatistics<parquet::Int64Type>&>(*statistics);
    if (bounds.min() < begin || bounds.max() >= begin + kMicrosPerDay) return false;
  }
  return true;
}

std::string fixed_dt(RawTable table, const LakeFile& file, const parquet::FileMetaData& metadata) {
  const auto dt = parse_dt(file.dt);
  const int column = metadata.schema()->ColumnIndex(raw_table(table).dt_source);
  return dt && column >= 0 && are_times_of(*dt, metadata, column) ? std::string() : file.dt;
}

Result<InspectedFile> inspect_footer(RawTable table, const LakeFile& file,
                                     const std::shared_ptr<arrow::io::RandomAccessFile>& input) {
  const auto size = input->GetSize();
  if (!size.ok())
    return unavailable("cannot read the size of lake file " + file_label(table, file) + ": " + size.status().message());
  if (*size != file.bytes) {
    return damaged(table, file,
                   "is " + std::to_string(*size) + " bytes long, the lake says " + std::to_string(file.bytes));
  }
  try {
    const auto reader = parquet::ParquetFileReader::Open(input);
    const auto metadata = reader->metadata();
    if (metadata->num_rows() != file.row_count) {
      return damaged(
          table, file,
          "holds " + std::to_string(metadata->num_rows()) + " rows, the lake says " + std::to_string(file.row_count));
    }
    RCML_TRY(InspectedFile inspected, inspect_schema(table, file, *metadata->schema()));
    inspected.fixed_dt = fixed_dt(table, file, *metadata);
    return inspected;
  } catch (const std::exception& error) {  // Parquet C++ reports by exception.
    return damaged(table, file, std::string("is no whole Parquet file: ") + error.what());
  }
}

}  // namespace

std::string file_label(RawTable table, const LakeFile& file) {
  return raw_table(table).ledger_prefix + file.path + " (" + file.absolute + ")";
}

Result<std::shared_ptr<arrow::io::RandomAccessFile>> open_local_file(RawTable table, const LakeFile& file) {
  struct stat info{};
  if (stat(file.absolute.c_str(), &info) != 0) return damaged(table, file, "is missing");
  auto opened = arrow::io::ReadableFile::Open(file.absolute);
  if (!opened.ok())
    return unavailable("cannot open lake file " + file_label(table, file) + ": " + opened.status().message());
  return std::shared_ptr<arrow::io::RandomAccessFile>(*std::move(opened));
}

Result<InspectedFile> inspect_file(RawTable table, const LakeFile& file, const FileOpener& open_file) {
  RCML_TRY(const auto input, open_file(table, file));
  return inspect_footer(table, file, input);
}

Result<std::vector<InspectedFile>> inspect_files(RawTable table, const std::vector<LakeFile>& files,
                                                 const FileOpener& open_file) {
  std::vector<InspectedFile> inspected;
  inspected.reserve(files.size());
  for (const LakeFile& file : files) {
    RCML_TRY(auto one, inspect_file(table, file, open_file));
    inspected.push_back(std::move(one));
  }
  return inspected;
}

namespace {

// Owns the Parquet reader that the batch reader borrows.
class OwningBatches : public arrow::RecordBatchReader {
 public:
  OwningBatches(std::unique_ptr<parquet::arrow::FileReader> owner, std::shared_ptr<arrow::RecordBatchReader> batches)
      : owner_(std::move(owner)), batches_(std::move(batches)) {}
  std::shared_ptr<arrow::Schema> schema() const override { return batches_->schema(); }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override { return batches_->ReadNext(batch); }

 private:
  std::unique_ptr<parquet::arrow::FileReader> owner_;
  std::shared_ptr<arrow::RecordBatchReader> batches_;
};

}  // namespace

Result<std::shared_ptr<arrow::RecordBatchReader>> read_file(RawTable table, const LakeFile& file,
                                                            const FileOpener& open_file, int64_t rows_max) {
  RCML_TRY(const auto input, open_file(table, file));
  try {
    parquet::arrow::FileReaderBuilder builder;
    auto status = builder.Open(input);
    if (!status.ok()) return damaged(table, file, "is no whole Parquet file: " + status.message());
    parquet::ArrowReaderProperties properties;
    properties.set_batch_size(rows_max);
    properties.set_use_threads(false);
    properties.set_coerce_int96_timestamp_unit(arrow::TimeUnit::MICRO);
    // Without read-ahead a row group's column chunks are buffered one page at a time: memory stays flat for any size.
    properties.set_pre_buffer(false);
    std::unique_ptr<parquet::arrow::FileReader> reader;
    status = builder.memory_pool(arrow::default_memory_pool())->properties(properties)->Build(&reader);
    if (!status.ok()) return damaged(table, file, "cannot be read: " + status.message());
    auto batches = reader->GetRecordBatchReader();
    if (!batches.ok()) return damaged(table, file, "cannot be read: " + batches.status().message());
    return std::shared_ptr<arrow::RecordBatchReader>(std::make_shared<OwningBatches>(
        std::move(reader), std::shared_ptr<arrow::RecordBatchReader>(*std::move(batches))));
  } catch (const std::exception& error) {
    return damaged(table, file, std::string("cannot be read: ") + error.what());
  }
}

}  // namespace rcml::warehouse

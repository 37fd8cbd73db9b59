#include "lake/parquet/position_reader.h"

#include <arrow/io/interfaces.h>
#include <parquet/column_reader.h>
#include <parquet/file_reader.h>

#include <algorithm>
#include <vector>

#include "lake/store/arrow_status.h"

namespace rcml::lake {
namespace {

constexpr int64_t kBatchRows = 16'384;

int column_index(const parquet::FileMetaData& metadata, const std::string& name) {
  return metadata.schema()->ColumnIndex(name);
}

// One column of one row group, read in steps of kBatchRows. Positions are never null.
template <class Reader, class Value>
class ColumnCursor {
 public:
  explicit ColumnCursor(std::shared_ptr<parquet::ColumnReader> reader)
      : owner_(std::move(reader)), reader_(static_cast<Reader*>(owner_.get())), values_(kBatchRows) {}

  const std::vector<Value>& read(int64_t row_count) {
    values_.resize(static_cast<size_t>(row_count));
    std::vector<int16_t> levels(static_cast<size_t>(row_count));
    for (int64_t done = 0; done < row_count;) {
      int64_t values_read = 0;
      reader_->ReadBatch(row_count - done, levels.data(), nullptr, values_.data() + done, &values_read);
      if (values_read == 0) throw parquet::ParquetException("fewer positions than rows");
      done += values_read;
    }
    return values_;
  }

 private:
  std::shared_ptr<parquet::ColumnReader> owner_;
  Reader* reader_;
  std::vector<Value> values_;
};

void read_row_group(parquet::RowGroupReader& group, int partition_column, int offset_column,
                    const std::function<void(Partition, Offset)>& found) {
  ColumnCursor<parquet::Int32Reader, int32_t> partitions(group.Column(partition_column));
  ColumnCursor<parquet::Int64Reader, int64_t> offsets(group.Column(offset_column));
  for (int64_t left = group.metadata()->num_rows(); left > 0; left -= kBatchRows) {
    const int64_t row_count = std::min(left, kBatchRows);
    const auto& partition_values = partitions.read(row_count);
    const auto& offset_values = offsets.read(row_count);
    for (size_t row = 0; row < static_cast<size_t>(row_count); ++row) {
      found(Partition(partition_values[row]), Offset(offset_values[row]));
    }
  }
}

}  // namespace

Status read_positions(const Location& table, const std::string& path,
                      const std::function<void(Partition, Offset)>& found) {
  RCML_TRY(auto input, table.read(path));
  try {
    const auto reader = parquet::ParquetFileReader::Open(input);
    const auto metadata = reader->metadata();
    const int partition_column = column_index(*metadata, "source_partition");
    const int offset_column = column_index(*metadata, "source_offset");
    if (partition_column < 0 || offset_column < 0) {
      return corrupt(table.absolute(path) + " has no source positions", "Was it written by another program?");
    }
    for (int group = 0; group < metadata->num_row_groups(); ++group) {
      read_row_group(*reader->RowGroup(group), partition_column, offset_column, found);
    }
  } catch (const std::exception& thrown) {
    return read_error(thrown, table.absolute(path), "Restore the file from a copy; the lake's log counts on it");
  }
  return {};
}

}  // namespace rcml::lake

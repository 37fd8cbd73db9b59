#include "lake/maintain/merge_files.h"

#include <arrow/io/interfaces.h>
#include <parquet/column_reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include <algorithm>

#include "core/clock.h"
#include "lake/parquet/file_stats.h"
#include "lake/store/arrow_status.h"

namespace rcml::lake {
namespace {

constexpr int64_t kBatchRows = 256;

// One column of one row group, read some rows at a time.
struct Source {
  std::shared_ptr<parquet::ColumnReader> reader;  // Null when the file does not have the column.
  std::vector<int16_t> levels = std::vector<int16_t>(kBatchRows);
  std::vector<parquet::ByteArray> texts;
  std::vector<int64_t> numbers;
  int64_t level_count = 0;

  template <class Reader, class Value>
  void read(int64_t rows, std::vector<Value>& values) {
    values.resize(static_cast<size_t>(rows));
    const bool is_optional = reader->descr()->max_definition_level() == 1;
    if (!is_optional) std::fill(levels.begin(), levels.end(), int16_t{1});
    int64_t value_count = 0;
    auto& typed = static_cast<Reader&>(*reader);
    const int64_t read_count =
        typed.ReadBatch(rows, is_optional ? levels.data() : nullptr, nullptr, values.data(), &value_count);
    level_count = is_optional ? read_count : value_count;
  }

  // Big-endian two's complement, as other writers keep decimals; ours have at most eight bytes.
  void read_decimals(int64_t rows) {
    std::vector<parquet::FixedLenByteArray> words;
    read<parquet::FixedLenByteArrayReader>(rows, words);
    const int length = reader->descr()->type_length();
    numbers.clear();
    for (const parquet::FixedLenByteArray& word : words) {
      if (word.ptr == nullptr) break;  // After the last value.
      __int128 number = static_cast<int8_t>(word.ptr[0]);
      for (int i = 1; i < length; ++i) number = number * 256 + word.ptr[i];
      numbers.push_back(static_cast<int64_t>(number));
    }
  }

  // Spark's default: nanoseconds of a Julian day.
  void read_old_times(int64_t rows) {
    std::vector<parquet::Int96> times;
    read<parquet::Int96Reader>(rows, times);
    numbers.clear();
    for (const parquet::Int96& time : times) numbers.push_back(parquet::Int96GetMicroSeconds(time));
  }

  void read_next(int64_t rows) {
    switch (reader->type()) {
      case parquet::Type::BYTE_ARRAY: return read<parquet::ByteArrayReader>(rows, texts);
      case parquet::Type::INT64: return read<parquet::Int64Reader>(rows, numbers);
      case parquet::Type::INT32: {
        std::vector<int32_t> narrow;
        read<parquet::Int32Reader>(rows, narrow);
        numbers.assign(narrow.begin(), narrow.end());
        return;
      }
      case parquet::Type::FIXED_LEN_BYTE_ARRAY: return read_decimals(rows);
      case parquet::Type::INT96: return read_old_times(rows);
      default:
        throw parquet::ParquetException("column " + reader->descr()->name() + " has a type that no rcml file has");
    }
  }
};

// Whether the column's values may be copied as they are: microseconds, hundredths, whole numbers.
bool is_of_kind(const parquet::ColumnDescriptor& column, ValueKind kind) {
  const auto& logical = column.logical_type();
  const parquet::Type::type type = column.physical_type();
  const bool is_plain = logical == nullptr || logical->is_none() || logical->is_int();
  switch (kind) {
    case ValueKind::text:
    case ValueKind::binary: return type == parquet::Type::BYTE_ARRAY;
    case ValueKind::int32: return type == parquet::Type::INT32 && is_plain;
    case ValueKind::int64: return type == parquet::Type::INT64 && is_plain;
    case ValueKind::timestamp_us:
      if (type == parquet::Type::INT96) return true;
      return type == parquet::Type::INT64 && logical != nullptr && logical->is_timestamp() &&
             static_cast<const parquet::TimestampLogicalType&>(*logical).time_unit() ==
                 parquet::LogicalType::TimeUnit::MICROS;
    case ValueKind::decimal_12_2:
      return logical != nullptr && logical->is_decimal() && column.type_scale() == 2 &&
             type != parquet::Type::BYTE_ARRAY;
  }
  return false;
}

// Which rows of a file stay. Asked in rising order of rows, once for each column.
class KeptRows {
 public:
  explicit KeptRows(std::vector<int64_t> deleted) : deleted_(std::move(deleted)) {}
  bool has(int64_t row) const { return !std::binary_search(deleted_.begin(), deleted_.end(), row); }
  int64_t count(int64_t first, int64_t rows) const {
    if (deleted_.empty()) return rows;
    const auto begin = std::lower_bound(deleted_.begin(), deleted_.end(), first);
    return rows - (std::lower_bound(begin, deleted_.end(), first + rows) - begin);
  }
  bool is_all() const { return deleted_.empty(); }

 private:
  std::vector<int64_t> deleted_;
};

class Merger {
 public:
  Merger(ColumnFile& out, const std::vector<FileColumn>& columns)
      : out_(out), columns_(columns), bounds_(columns.size()) {}

  Status add_file(parquet::ParquetFileReader& file, const KeptRows& kept) {
    kept_ = &kept;
    row_in_file_ = 0;
    for (int group = 0; group < file.metadata()->num_row_groups(); ++group) RCML_OK(add_row_group(file, group));
    return {};
  }

  std::string stats_json() const {
    StatsText stats;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (!columns_[i].is_required || is_bytes(columns_[i].kind)) continue;
      if (columns_[i].kind == ValueKind::timestamp_us) {
        stats.add_time(columns_[i].name, bounds_[i]);
      } else {
        stats.add_number(columns_[i].name, bounds_[i]);
      }
    }
    return std::move(stats).finish(out_.row_count());
  }

 private:
  Status add_row_group(parquet::ParquetFileReader& file, int index) {
    const auto group = file.RowGroup(index);
    std::vector<Source> sources(columns_.size());
    for (size_t i = 0; i < columns_.size(); ++i) {
      const int column = file.metadata()->schema()->ColumnIndex(std::string(columns_[i].name));
      if (column >= 0) sources[i].reader = group->Column(column);
    }
    for (int64_t left = group->metadata()->num_rows(); left > 0;) {
      const int64_t rows = std::min({left, kBatchRows, out_.rows_of_room()});
      RCML_OK(add_rows(sources, rows));
      row_in_file_ += rows;
      left -= rows;
    }
    return {};
  }

  // A reader may return fewer rows than asked for at the end of a page, and the columns' pages end at different rows:
  // so one column at a time goes on until it has all. Its bytes live until the next read: they are copied at once.
  Status add_rows(std::vector<Source>& sources, int64_t rows) {
    for (size_t i = 0; i < sources.size(); ++i) {
      for (int64_t done = 0; done < rows;) {
        RCML_TRY(const int64_t added, add_some(sources[i], i, row_in_file_ + done, rows - done));
        done += added;
      }
    }
    const int64_t kept = kept_->count(row_in_file_, rows);
    return kept == 0 ? Status() : out_.end_rows(kept);
  }

  Result<int64_t> add_some(Source& source, size_t index, int64_t first_row, int64_t rows) {
    const int column = static_cast<int>(index);
    const bool is_required = columns_[index].is_required;
    if (source.reader == nullptr) {
      if (is_required) return corrupt("column " + std::string(columns_[index].name) + " is missing");
      for (int64_t kept = kept_->count(first_row, rows); kept > 0; --kept) out_.add_null(column);
      return rows;
    }
    if (!is_of_kind(*source.reader->descr(), columns_[index].kind)) {
      return corrupt("column " + std::string(columns_[index].name) + " has another type");
    }
    source.read_next(rows);
    if (source.level_count == 0) return corrupt("column " + std::string(columns_[index].name) + " ends early");
    size_t value = 0;
    for (int64_t row = 0; row < source.level_count; ++row) {
      if (!kept_->is_all() && !kept_->has(first_row + row)) {
        value += source.levels[static_cast<size_t>(row)] == 0 ? 0 : 1;
      } else if (source.levels[static_cast<size_t>(row)] == 0) {
        if (is_required) return corrupt("column " + std::string(columns_[index].name) + " holds a null");
        out_.add_null(column);
      } else if (is_bytes(columns_[index].kind)) {
        const parquet::ByteArray& text = source.texts[value++];
        out_.add_bytes(column, {text.len == 0 ? "" : reinterpret_cast<const char*>(text.ptr), text.len});
      } else {
        bounds_[index].add(source.numbers[value]);
        out_.add_number(column, source.numbers[value++]);
      }
    }
    return source.level_count;
  }

  ColumnFile& out_;
  const std::vector<FileColumn>& columns_;
  std::vector<Bounds> bounds_;
  const KeptRows* kept_ = nullptr;  // Of the file that is being added.
  int64_t row_in_file_ = 0;
};

Error at_file(Error error, const Location& table, const DataFile& file) {
  error.message = table.absolute(file.path) + ": " + error.message;
  return error;
}

Status merge_one(const Table& owner, const DataFile& file, ColumnFile& out, Merger& merger) {
  const Location& table = owner.location();
  RCML_TRY(auto bytes, table.read(file.path));
  RCML_TRY(std::vector<int64_t> deleted, owner.deleted_rows(file));
  const KeptRows kept(std::move(deleted));
  const int64_t rows_before = out.row_count();
  try {
    const auto reader = parquet::ParquetFileReader::Open(bytes);
    if (Status done = merger.add_file(*reader, kept); !done.ok()) return at_file(done.take_error(), table, file);
  } catch (const std::exception& thrown) {
    return read_error(thrown, table.absolute(file.path), "Nothing was replaced. Run `rcml audit`");
  }
  const int64_t rows = out.row_count() - rows_before;
  if (rows == file.row_count) return {};
  return corrupt(table.absolute(file.path) + " holds " + std::to_string(rows) + " rows, the log says " +
                     std::to_string(file.row_count),
                 "Nothing was replaced. Run `rcml audit`");
}

}  // namespace

Result<DataFile> merge_files(const Table& table, const std::vector<DataFile>& files,
                             const std::vector<FileColumn>& columns, const Location& target, const std::string& path) {
  RCML_TRY(auto out, ColumnFile::create(target, path, columns, {}));
  Merger merger(*out, columns);
  for (const DataFile& file : files) RCML_OK(merge_one(table, file, *out, merger));
  RCML_TRY(const int64_t bytes, out->finish());
  return DataFile{
      path, files.front().partition_values, bytes, out->row_count(), utc_now().value / 1000, merger.stats_json()};
}

}  // namespace rcml::lake

// lake/parquet/column_file.h: columns of values in, one Parquet file out, without an Arrow array in between.
//
// Values are staged column by column for some thousand rows and then handed to Parquet's own column writers in one
// call each; that is what makes it fast. A row is complete when each of its columns got a value or a null and
// end_row() was called. Encodings are PLAIN, RLE and dictionary; pages are v1. A row group is closed when its encoded
// bytes reach the target, so memory stays near one row group.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "lake/parquet/file_writer.h"
#include "lake/store/location.h"

namespace rcml::lake {

enum class ValueKind : uint8_t { text, binary, int32, int64, timestamp_us, decimal_12_2 };

struct FileColumn {
  std::string_view name;
  ValueKind kind = ValueKind::text;
  bool is_required = false;
  bool has_dictionary = true;  // For values that repeat; ids only pay for the look-up.
  bool has_statistics = true;
};

class ColumnFile {
 public:
  static Result<std::unique_ptr<ColumnFile>> create(const Location& table, std::string path,
                                                    const std::vector<FileColumn>& columns, const FileOptions& options);
  ~ColumnFile();

  // Text and binary columns. `value.data() == nullptr` is null.
  void add_bytes(int column, std::string_view value);
  void add_number(int column, int64_t value);  // All other kinds.
  void add_null(int column);
  Status end_row();
  // Column by column instead: at most rows_of_room() values each, then as many rows end at once.
  int64_t rows_of_room() const { return kStagedRowsMax - staged_rows_; }
  Status end_rows(int64_t rows);

  int64_t row_count() const { return row_count_; }
  int64_t bytes_buffered() const;
  int64_t bytes_estimated() const;
  // Closed and durable; the file's size.
  Result<int64_t> finish();

 private:
  static constexpr int64_t kStagedRowsMax = 2048;
  static constexpr int64_t kStagedBytesMax = 4 << 20;

  // What one column got since the last hand-over. The arrays have room for kStagedRowsMax rows, so that adding a value
  // checks nothing. Nulls have a level of 0 and no value.
  struct Stage {
    std::vector<char> bytes;  // The first bytes_used hold the values, end to end; grows.
    size_t bytes_used = 0;
    std::unique_ptr<uint32_t[]> lengths;  // Of text and binary.
    std::unique_ptr<int64_t[]> numbers;   // Of all other kinds.
    std::unique_ptr<int16_t[]> levels;    // Written for every column, used for those that allow nulls.
    uint32_t value_count = 0;
    uint32_t level_count = 0;
  };
  struct Encoder;

  ColumnFile();
  Status hand_over();
  void encode_stages();

  std::vector<Stage> stages_;
  std::vector<FileColumn> columns_;
  std::unique_ptr<Encoder> encoder_;
  int64_t row_count_ = 0;
  int64_t staged_rows_ = 0;
  int64_t staged_bytes_ = 0;
};

inline void ColumnFile::add_bytes(int column, std::string_view value) {
  Stage& stage = stages_[static_cast<size_t>(column)];
  if (value.data() == nullptr) {
    stage.levels[stage.level_count++] = 0;
    return;
  }
  const size_t used = stage.bytes_used;
  if (used + value.size() > stage.bytes.size())
    stage.bytes.resize(std::max(used + value.size(), 2 * stage.bytes.size()));
  // Empty text as the first value meets a stage that has no memory yet.
  if (!value.empty()) std::memcpy(stage.bytes.data() + used, value.data(), value.size());
  stage.bytes_used = used + value.size();
  stage.lengths[stage.value_count++] = static_cast<uint32_t>(value.size());
  stage.levels[stage.level_count++] = 1;
  staged_bytes_ += static_cast<int64_t>(value.size());
}

inline void ColumnFile::add_number(int column, int64_t value) {
  Stage& stage = stages_[static_cast<size_t>(column)];
  stage.numbers[stage.value_count++] = value;
  stage.levels[stage.level_count++] = 1;
}

inline void ColumnFile::add_null(int column) {
  Stage& stage = stages_[static_cast<size_t>(column)];
  stage.levels[stage.level_count++] = 0;
}

inline Status ColumnFile::end_row() { return end_rows(1); }

inline Status ColumnFile::end_rows(int64_t rows) {
  row_count_ += rows;
  staged_rows_ += rows;
  if (staged_rows_ < kStagedRowsMax && staged_bytes_ < kStagedBytesMax) return {};
  return hand_over();
}

}  // namespace rcml::lake

// lake/parquet/column_file.h: columns of values in, one Parquet file out, without an Arrow array in between.
//
// Values are staged column by column for some thousand rows and then handed to Parquet's own column writers in one
// call each; that is what makes it fast. A row is complete when each of its columns got a value or a null and
// end_row() was called. Encodings are PLAIN, RLE and dictionary; pages are v1. A row group is closed when its encoded
// bytes reach the target, so memory stays near one row group.
#pragma once

#include <cstdint>
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
  static Result<std::unique_ptr<ColumnFile>> create(const Location& table, std::string path, const std::vector<FileColumn>& columns,
                                                    const FileOptions& options);
  ~ColumnFile();

  // Text and binary columns. `value.data() == nullptr` is null.
  void add_bytes(int column, std::string_view value);
  void add_number(int column, int64_t value);  // All other kinds.
  void add_null(int column);
  Status end_row();

  int64_t row_count() const { return row_count_; }
  int64_t bytes_buffered() const;
  int64_t bytes_estimated() const;
  // Closed and durable; the file's size.
  Result<int64_t> finish();

 private:
  // What one column got since the last hand-over. Nulls have a level of 0 and no value.
  struct Stage {
    std::vector<char> bytes;
    std::vector<uint32_t> lengths;
    std::vector<int64_t> numbers;
    std::vector<int16_t> levels;  // Only of columns that allow nulls.
    bool is_required = false;
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
  if (value.data() == nullptr) return add_null(column);
  Stage& stage = stages_[static_cast<size_t>(column)];
  stage.bytes.insert(stage.bytes.end(), value.begin(), value.end());
  stage.lengths.push_back(static_cast<uint32_t>(value.size()));
  if (!stage.is_required) stage.levels.push_back(1);
  staged_bytes_ += static_cast<int64_t>(value.size());
}

inline void ColumnFile::add_number(int column, int64_t value) {
  Stage& stage = stages_[static_cast<size_t>(column)];
  stage.numbers.push_back(value);
  if (!stage.is_required) stage.levels.push_back(1);
}

inline void ColumnFile::add_null(int column) {
  Stage& stage = stages_[static_cast<size_t>(column)];
  RCML_CHECK(!stage.is_required);
  stage.levels.push_back(0);
}

inline Status ColumnFile::end_row() {
  constexpr int64_t kStagedRowsMax = 8192;
  constexpr int64_t kStagedBytesMax = 4 << 20;
  ++row_count_;
  if (++staged_rows_ < kStagedRowsMax && staged_bytes_ < kStagedBytesMax) return {};
  return hand_over();
}

}  // namespace rcml::lake

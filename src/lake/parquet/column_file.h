// lake/parquet/column_file.h: columns of values in, one Parquet file out, without an Arrow array in between.
//
// Values go straight into the pages of their columns (column_chunk.h); every some thousand rows full pages are compressed
// and the row group is closed when its encoded bytes reach the target, so memory stays near one row group. A row is
// complete when each of its columns got a value or a null and end_row() was called. Encodings are PLAIN, RLE and
// dictionary; pages are v1, with an index of pages in the footer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "lake/parquet/column_chunk.h"
#include "lake/parquet/file_writer.h"
#include "lake/store/location.h"

namespace rcml::lake {

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
  int64_t rows_of_room() const { return kRowsBetweenChecks - rows_unchecked_; }
  Status end_rows(int64_t rows);

  int64_t row_count() const { return row_count_; }
  int64_t bytes_buffered() const;
  int64_t bytes_estimated() const;
  // Closed and durable; the file's size.
  Result<int64_t> finish();

 private:
  static constexpr int64_t kRowsBetweenChecks = 2048;
  static constexpr int64_t kBytesBetweenChecks = 4 << 20;
  struct Encoder;

  ColumnFile();
  Status check_pages();
  void end_pages();

  std::unique_ptr<Encoder> encoder_;
  std::vector<ColumnChunk> chunks_;  // Their page writers use the encoder's parts.
  int64_t row_count_ = 0;
  int64_t rows_in_group_ = 0;
  int64_t rows_unchecked_ = 0;
  int64_t bytes_unchecked_ = 0;
};

inline void ColumnFile::add_bytes(int column, std::string_view value) {
  ColumnChunk& chunk = chunks_[static_cast<size_t>(column)];
  if (value.data() == nullptr) {
    chunk.add_null();
    return;
  }
  chunk.add_bytes(value);
  bytes_unchecked_ += static_cast<int64_t>(value.size());
}

inline void ColumnFile::add_number(int column, int64_t value) {
  chunks_[static_cast<size_t>(column)].add_number(value);
}

inline void ColumnFile::add_null(int column) { chunks_[static_cast<size_t>(column)].add_null(); }

inline Status ColumnFile::end_row() { return end_rows(1); }

inline Status ColumnFile::end_rows(int64_t rows) {
  row_count_ += rows;
  rows_unchecked_ += rows;
  if (rows_unchecked_ < kRowsBetweenChecks && bytes_unchecked_ < kBytesBetweenChecks) return {};
  return check_pages();
}

}  // namespace rcml::lake

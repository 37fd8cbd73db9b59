// lake/parquet/column_chunk.h: the values of one column of one row group, encoded into v1 data pages.
//
// A value is added in the form PLAIN pages have. While the column's dictionary stays small, each end_rows() turns what was
// added since into indexes: some thousand values of one column at a time, so that one dictionary at a time is in the
// processor's cache. A page that is full is compressed and handed to Parquet's page writer, which owns headers, offsets
// and checks. What the format asks for is in parquet-format, README.md and Encodings.md.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/byte_words.h"
#include "core/result.h"
#include "lake/parquet/growing_array.h"
#include "lake/parquet/value_dictionary.h"

namespace arrow {
class MemoryPool;
}  // namespace arrow
namespace parquet {
class ColumnChunkMetaDataBuilder;
class PageWriter;
}  // namespace parquet

namespace rcml::lake {

enum class ValueKind : uint8_t { text, binary, int32, int64, timestamp_us, decimal_12_2 };

constexpr bool is_bytes(ValueKind kind) { return kind == ValueKind::text || kind == ValueKind::binary; }
// Of all other kinds, in a file.
constexpr size_t number_bytes(ValueKind kind) { return kind == ValueKind::int32 ? 4 : 8; }

struct FileColumn {
  std::string_view name;
  ValueKind kind = ValueKind::text;
  bool is_required = false;
  bool has_dictionary = true;  // For values that repeat; ids only pay for the look-up.
  bool has_statistics = true;
};

// Smallest and largest value so far, and how many nulls.
class ValueBounds {
 public:
  void add_number(int64_t value) {
    min_number = has_values ? std::min(min_number, value) : value;
    max_number = has_values ? std::max(max_number, value) : value;
    has_values = true;
  }
  void add_text(std::string_view value) {
    const uint64_t prefix = order_prefix(value);
    if (prefix <= min_prefix_ || prefix >= max_prefix_) add_outer_text(value);
  }
  void add(const ValueBounds& other);

  bool has_values = false;
  int64_t min_number = 0;
  int64_t max_number = 0;
  std::string min_text;
  std::string max_text;
  int64_t null_count = 0;

 private:
  void add_outer_text(std::string_view value);

  // Of min_text and max_text; at first every text is outside.
  uint64_t min_prefix_ = UINT64_MAX;
  uint64_t max_prefix_ = 0;
};

// All that may throw is Parquet's: end_rows() and close(). Adding values does not.
class ColumnChunk {
 public:
  explicit ColumnChunk(const FileColumn& column);
  ~ColumnChunk();
  ColumnChunk(ColumnChunk&&) noexcept;

  // Where the pages of the row group go, and its statistics; `scratch` may be shared by all columns of the file. Needed
  // from the first end_rows() or close() on.
  void open(std::unique_ptr<parquet::PageWriter> pages, parquet::ColumnChunkMetaDataBuilder* metadata,
            arrow::MemoryPool* pool, ByteArray* scratch);

  // Between two calls of make_room() at most as many values as it was given.
  void make_room(size_t rows) {
    if (!is_required_) levels_.make_room(rows);
  }
  void add_bytes(std::string_view value);
  void add_number(int64_t value);
  void add_null();

  int64_t row_count() const { return rows_before_ + row_count_in_page(); }  // Of the row group.
  // Encodes what was added; ends the page when it is full.
  void end_rows();
  // Ends the row group after its last end_rows(); the next value begins another. Its bytes before compression, with those of headers.
  int64_t close();

  int64_t bytes_encoded() const;  // Of the row group, as if all that is not yet compressed stayed as it is.
  int64_t bytes_held() const;  // Memory, without Parquet's own.

 private:
  struct Page;
  enum class Form : uint8_t { plain, dictionary };

  static constexpr size_t kLengthBytes = 4;  // Before each text.

  int64_t row_count_in_page() const { return is_required_ ? value_count_ : static_cast<int64_t>(levels_.size()); }
  void encode_added();
  void end_page();
  void add_levels(ByteArray& body) const;
  void add_indexes(ByteArray& body) const;
  void write(const Page& page);
  void write_dictionary();
  void note_statistics();

  ValueKind kind_;
  bool is_required_;
  bool wants_dictionary_;
  bool has_statistics_;

  // Of the row group.
  Form form_ = Form::plain;
  bool has_dictionary_page_ = false;
  ValueDictionary dictionary_;
  std::vector<Page> pages_;  // Not yet written: the dictionary comes before them.
  int64_t pages_bytes_ = 0;  // Of pages_, compressed.
  int64_t rows_before_ = 0;  // In pages that have ended.
  int64_t bytes_written_ = 0;
  ValueBounds chunk_bounds_;

  // Of the page being filled.
  GrowingArray<uint8_t> levels_;  // 1: a value, 0: a null. Not used for required columns.
  GrowingArray<uint32_t> indexes_;
  ByteArray values_;  // PLAIN.
  size_t values_encoded_ = 0;  // Bytes of values_ that end_rows() has seen.
  int64_t value_count_ = 0;
  ValueBounds page_bounds_;

  std::unique_ptr<parquet::PageWriter> writer_;
  parquet::ColumnChunkMetaDataBuilder* metadata_ = nullptr;
  arrow::MemoryPool* pool_ = nullptr;
  ByteArray* scratch_ = nullptr;  // For the page that ends.
};

inline void ColumnChunk::add_bytes(std::string_view value) {
  if (!is_required_) levels_.add(1);
  ++value_count_;
  const auto bytes = static_cast<uint32_t>(value.size());
  values_.make_room(kLengthBytes + value.size());
  values_.append(reinterpret_cast<const char*>(&bytes), kLengthBytes);
  values_.append(value.data(), value.size());
}

inline void ColumnChunk::add_number(int64_t value) {
  if (!is_required_) levels_.add(1);
  ++value_count_;
  // Little-endian, as the format: an INT32 is the first half.
  values_.append(reinterpret_cast<const char*>(&value), number_bytes(kind_));
}

inline void ColumnChunk::add_null() {
  RCML_CHECK(!is_required_);
  levels_.add(0);
  ++page_bounds_.null_count;
}

}  // namespace rcml::lake

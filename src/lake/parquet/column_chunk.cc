#include "lake/parquet/column_chunk.h"

#include <arrow/buffer.h>
#include <arrow/memory_pool.h>
#include <parquet/column_page.h>
#include <parquet/column_writer.h>
#include <parquet/metadata.h>
#include <parquet/statistics.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "lake/parquet/rle_hybrid.h"

namespace rcml::lake {
namespace {

constexpr int64_t kPageBytes = 256 << 10;  // Each open column of each open date holds one that is not yet compressed.
constexpr int64_t kPageRows = 64 << 10;  // As many indexes take the same room.
constexpr int64_t kDictionaryBytesMax = 256 << 10;
constexpr size_t kStatisticsBytesMax = 4096;  // Longer bounds are left out, never cut.

parquet::EncodedStatistics encoded(const ValueBounds& bounds, ValueKind kind) {
  parquet::EncodedStatistics statistics;
  statistics.set_null_count(bounds.null_count);
  statistics.all_null_value = !bounds.has_values;
  const bool is_text = is_bytes(kind);
  statistics.set_is_signed(!is_text);
  if (!bounds.has_values) return statistics;
  const auto bytes_of = [kind](const int64_t& number) {
    return std::string(reinterpret_cast<const char*>(&number), number_bytes(kind));
  };
  statistics.set_min(is_text ? bounds.min_text : bytes_of(bounds.min_number));
  statistics.set_max(is_text ? bounds.max_text : bytes_of(bounds.max_number));
  statistics.ApplyStatSizeLimits(kStatisticsBytesMax);
  return statistics;
}

int64_t number_of(std::string_view bytes) {
  if (bytes.size() == sizeof(int64_t)) return std::bit_cast<int64_t>(load8(bytes.data()));
  return std::bit_cast<int32_t>(load4(bytes.data()));
}

std::shared_ptr<arrow::Buffer> view_of(const ByteArray& bytes) {
  return std::make_shared<arrow::Buffer>(reinterpret_cast<const uint8_t*>(bytes.data()),
                                         static_cast<int64_t>(bytes.size()));
}

}  // namespace

// Bytes are compared as unsigned, which is how the format orders text.
void ValueBounds::add_outer_text(std::string_view value) {
  if (!has_values || value < min_text) min_text = value;
  if (!has_values || value > max_text) max_text = value;
  min_prefix_ = order_prefix(min_text);
  max_prefix_ = order_prefix(max_text);
  has_values = true;
}

void ValueBounds::add(const ValueBounds& other) {
  null_count += other.null_count;
  if (!other.has_values) return;
  const bool had_values = has_values;
  add_outer_text(other.min_text);
  add_outer_text(other.max_text);
  min_number = had_values ? std::min(min_number, other.min_number) : other.min_number;
  max_number = had_values ? std::max(max_number, other.max_number) : other.max_number;
}

struct ColumnChunk::Page {
  std::shared_ptr<arrow::Buffer> body;  // Compressed.
  int64_t rows = 0;
  int64_t bytes = 0;  // Before compression.
  int64_t first_row = 0;
  Form form = Form::plain;
  parquet::EncodedStatistics statistics;
};

ColumnChunk::ColumnChunk(const FileColumn& column)
    : kind_(column.kind),
      is_required_(column.is_required),
      wants_dictionary_(column.has_dictionary),
      has_statistics_(column.has_statistics),
      form_(wants_dictionary_ ? Form::dictionary : Form::plain),
      dictionary_(is_bytes(kind_)) {}

ColumnChunk::~ColumnChunk() = default;
ColumnChunk::ColumnChunk(ColumnChunk&&) noexcept = default;

void ColumnChunk::open(std::unique_ptr<parquet::PageWriter> pages, parquet::ColumnChunkMetaDataBuilder* metadata,
                       arrow::MemoryPool* pool, ByteArray* scratch) {
  writer_ = std::move(pages);
  metadata_ = metadata;
  pool_ = pool;
  scratch_ = scratch;
}

// One value in, one index or nothing out; its bounds noted.
void ColumnChunk::encode_added() {
  const bool is_dictionary = form_ == Form::dictionary;
  if (!is_dictionary && !has_statistics_) return;
  if (is_dictionary) indexes_.make_room(static_cast<size_t>(value_count_) - indexes_.size());
  const char* at = values_.data() + values_encoded_;
  const char* const end = values_.data() + values_.size();
  while (at < end) {
    const size_t bytes = is_bytes(kind_) ? load4(at) : number_bytes(kind_);
    if (is_bytes(kind_)) at += kLengthBytes;
    const std::string_view value(at, bytes);
    at += bytes;
    if (is_dictionary) indexes_.add(dictionary_.index_of(value));
    if (has_statistics_) is_bytes(kind_) ? page_bounds_.add_text(value) : page_bounds_.add_number(number_of(value));
  }
  if (is_dictionary) values_.clear();
  values_encoded_ = values_.size();
}

void ColumnChunk::end_rows() {
  encode_added();
  const bool is_dictionary_full = form_ == Form::dictionary && dictionary_.page_bytes() > kDictionaryBytesMax;
  const bool is_page_full = static_cast<int64_t>(values_.size()) >= kPageBytes || row_count_in_page() >= kPageRows;
  if (is_dictionary_full || is_page_full) end_page();
  if (!is_dictionary_full) return;
  write_dictionary();
  form_ = Form::plain;
  indexes_.release();
}

void ColumnChunk::add_levels(ByteArray& body) const {
  if (is_required_) return;
  body.make_room(kLengthBytes);
  const size_t at = body.size();
  for (size_t i = 0; i < kLengthBytes; ++i) body.add(0);
  append_rle_hybrid(levels_.span(), 1, body);
  const auto bytes = static_cast<uint32_t>(body.size() - at - kLengthBytes);
  std::memcpy(body.data() + at, &bytes, kLengthBytes);
}

void ColumnChunk::add_indexes(ByteArray& body) const {
  const int bit_width = std::max(1, static_cast<int>(std::bit_width(dictionary_.count() - (dictionary_.count() > 0))));
  body.make_room(1);
  body.add(static_cast<char>(bit_width));
  append_rle_hybrid(indexes_.span(), bit_width, body);
}

void ColumnChunk::end_page() {
  const int64_t rows = row_count_in_page();
  if (rows == 0) return;
  ByteArray& body = *scratch_;
  body.clear();
  add_levels(body);
  if (form_ == Form::dictionary) {
    add_indexes(body);
  } else {
    body.append(values_.data(), values_.size());
  }
  Page page{nullptr, rows, static_cast<int64_t>(body.size()), rows_before_, form_, {}};
  if (has_statistics_) page.statistics = encoded(page_bounds_, kind_);
  const std::shared_ptr<arrow::ResizableBuffer> compressed = parquet::AllocateBuffer(pool_, 0);
  writer_->Compress(*view_of(body), compressed.get());
  page.body = compressed;
  if (form_ == Form::dictionary) {
    pages_bytes_ += compressed->size();
    pages_.push_back(std::move(page));
  } else {
    write(page);
  }
  rows_before_ += rows;
  chunk_bounds_.add(page_bounds_);
  page_bounds_ = {};
  levels_.clear();
  indexes_.clear();
  values_.clear();
  values_encoded_ = 0;
  value_count_ = 0;
}

void ColumnChunk::write(const Page& page) {
  const auto encoding = page.form == Form::dictionary ? parquet::Encoding::RLE_DICTIONARY : parquet::Encoding::PLAIN;
  bytes_written_ += writer_->WriteDataPage(parquet::DataPageV1(page.body, static_cast<int32_t>(page.rows), encoding,
                                                               parquet::Encoding::RLE, parquet::Encoding::RLE,
                                                               page.bytes, page.statistics, page.first_row));
}

// The dictionary and the pages that need it. More pages may only be PLAIN.
void ColumnChunk::write_dictionary() {
  has_dictionary_page_ = true;
  bytes_written_ += writer_->WriteDictionaryPage(parquet::DictionaryPage(
      view_of(dictionary_.page()), static_cast<int32_t>(dictionary_.count()), parquet::Encoding::PLAIN));
  for (const Page& page : pages_) write(page);
  pages_.clear();
  pages_bytes_ = 0;
  dictionary_.release();
}

void ColumnChunk::note_statistics() {
  if (!has_statistics_ || rows_before_ == 0) return;
  metadata_->SetStatistics(encoded(chunk_bounds_, kind_));
}

int64_t ColumnChunk::close() {
  end_page();
  if (form_ == Form::dictionary) write_dictionary();
  note_statistics();
  const bool has_fallen_back = has_dictionary_page_ && form_ == Form::plain;
  writer_->Close(has_dictionary_page_, has_fallen_back);
  writer_.reset();
  form_ = wants_dictionary_ ? Form::dictionary : Form::plain;
  has_dictionary_page_ = false;
  rows_before_ = 0;
  chunk_bounds_ = {};
  return std::exchange(bytes_written_, 0);
}

int64_t ColumnChunk::bytes_encoded() const {
  const int64_t written = writer_ == nullptr ? 0 : writer_->total_compressed_bytes_written();
  // Two bytes an index, which is between the widths they are packed to.
  return written + pages_bytes_ + dictionary_.page_bytes() + static_cast<int64_t>(values_.size() + 2 * indexes_.size());
}

int64_t ColumnChunk::bytes_held() const {
  return levels_.bytes_held() + indexes_.bytes_held() + values_.bytes_held() + dictionary_.bytes_held();
}

}  // namespace rcml::lake

#include "contract/plain_reader.h"

#include <simdjson.h>

#include <bit>

#include "core/byte_words.h"

namespace rcml::contract {
namespace {

constexpr uint64_t kOnes = 0x0101010101010101;  // Times a byte: that byte eight times.
constexpr uint64_t kHighs = 0x8080808080808080;
constexpr uint32_t kNull = 0x6c6c756e;  // "null"

// A key as it stands after its opening quote, `page":`, in two words.
struct KeyText {
  uint64_t low = 0;
  uint64_t high = 0;
  uint64_t low_mask = 0;
  uint64_t high_mask = 0;
  uint32_t bytes = 0;  // 0: the column may not be sent.
};

constexpr bool is_plain_column(size_t column) {
  const ColumnSpec& spec = kColumns[column];
  return spec.origin != ColumnOrigin::lineage && column != extra;
}

constexpr KeyText key_text(size_t column) {
  KeyText key;
  if (!is_plain_column(column)) return key;
  const std::string_view name = kColumns[column].name;
  key.bytes = static_cast<uint32_t>(name.size() + 2);
  for (uint32_t i = 0; i < key.bytes; ++i) {
    const char c = i < name.size() ? name[i] : i == name.size() ? '"' : ':';
    const uint64_t byte = static_cast<unsigned char>(c);
    (i < 8 ? key.low : key.high) |= byte << (i % 8 * 8);
    (i < 8 ? key.low_mask : key.high_mask) |= uint64_t{0xFF} << (i % 8 * 8);
  }
  return key;
}

constexpr std::array<KeyText, column_count> key_texts() {
  std::array<KeyText, column_count> keys;
  for (size_t i = 0; i < keys.size(); ++i) keys[i] = key_text(i);
  return keys;
}

constexpr size_t longest_key() {
  size_t bytes = 0;
  for (const KeyText& key : key_texts()) bytes = key.bytes > bytes ? key.bytes : bytes;
  return bytes;
}

constexpr std::array<KeyText, column_count> kKeys = key_texts();
static_assert(longest_key() <= 16, "a key must fit two words");
static_assert(kEventPaddingBytes >= 1 + 16 + 8, "a key and the word after it are read without looking for the end");

bool is_key(const char* at, const KeyText& key) {
  return (((load8(at) ^ key.low) & key.low_mask) | ((load8(at + 8) ^ key.high) & key.high_mask)) == 0;
}

// The high bit of each byte of `word` that is `c`; bytes above the first such may have it for nothing.
uint64_t marks_of(uint64_t word, char c) {
  const uint64_t zero = word ^ (kOnes * static_cast<unsigned char>(c));
  return (zero - kOnes) & ~zero & kHighs;
}

// ... that is a control character.
uint64_t marks_of_controls(uint64_t word) { return (word - kOnes * 0x20) & ~word & kHighs; }

// The quote that ends the text at `at`. nullptr: an escape or a control character comes first, or there is none before `end`.
const char* find_quote(const char* at, const char* end, bool& has_high_byte) {
  uint64_t all = 0;
  for (; at < end; at += sizeof(uint64_t)) {
    const uint64_t word = load8(at);
    all |= word;
    const uint64_t marks = marks_of(word, '"') | marks_of(word, '\\') | marks_of_controls(word);
    if (marks == 0) continue;
    at += std::countr_zero(marks) / 8;
    has_high_byte = (all & kHighs) != 0;
    return at < end && *at == '"' ? at : nullptr;
  }
  return nullptr;
}

// Past the key, its quote and the colon; nullptr when no column that may be sent has this key. `column` is a guess that is
// corrected.
const char* read_key(const char* at, Column& column) {
  if (kKeys[column].bytes == 0 || !is_key(at, kKeys[column])) {
    size_t found = 0;
    while (found < column_count && (kKeys[found].bytes == 0 || !is_key(at, kKeys[found]))) ++found;
    if (found == column_count) return nullptr;
    column = static_cast<Column>(found);
  }
  return at + kKeys[column].bytes;
}

// Past the value; nullptr when it is neither a plain text nor null. Of null, `text` has no data().
const char* read_value(const char* at, const char* end, std::string_view& text) {
  if (*at != '"') return load4(at) == kNull ? at + sizeof(kNull) : nullptr;
  const char* const from = at + 1;
  bool has_high_byte = false;
  const char* const quote = find_quote(from, end, has_high_byte);
  if (quote == nullptr) return nullptr;
  text = {from, static_cast<size_t>(quote - from)};
  return has_high_byte && !simdjson::validate_utf8(text.data(), text.size()) ? nullptr : quote + 1;
}

}  // namespace

PlainReader::PlainReader() {
  for (size_t i = 0; i < next_.size(); ++i) next_[i] = static_cast<Column>((i + 1) % next_.size() % column_count);
}

bool PlainReader::set(Column column, std::string_view text, ClickRow& row) {
  if (column == event_ts) {
    event_ts_text_ = text;
    return text.data() != nullptr;
  }
  if (text.empty()) return text.data() == nullptr || kColumns[column].type == ColumnType::text;
  row.text[column] = text;
  return kColumns[column].type == ColumnType::text && text.size() <= static_cast<size_t>(kColumns[column].bytes_max);
}

bool PlainReader::read(std::string_view json, ClickRow& row) {
  const char* at = json.data();
  const char* const end = at + json.size();
  seen_columns_ = 0;
  size_t before = column_count;
  char mark = '{';
  do {
    // `at` < `end`, so the key and the first byte of the value lie in the padding at worst.
    if (at >= end || *at != mark || at[1] != '"') return false;
    Column& column = next_[before];
    at = read_key(at + 2, column);
    if (at == nullptr || contains(seen_columns_, column)) return false;
    seen_columns_ = with(seen_columns_, column);
    std::string_view text;
    at = read_value(at, end, text);
    if (at == nullptr || !set(column, text, row)) return false;
    before = column;
    mark = ',';
  } while (*at != '}');
  return at + 1 == end;
}

}  // namespace rcml::contract

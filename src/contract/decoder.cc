// contract/decoder.cc: one pass over the fields of the object, in the order they stand.
//
// Most events are plain (plain_reader.h) and end there. For the others simdjson's first stage finds where the tokens of
// the event start and checks its UTF-8 and its quotes (TokenIndex). The fields are read straight from that index: a field
// is four tokens, and a text without escapes is not even copied. (The on-demand reader over the same index takes
// `"a":"b":"c"` for structure when it skips a value, and then reads what stands after the event.)
// What is unknown or no text goes through json_scan.h, which looks at every byte.
//
// An event with several faults has one reason, by this order: too_large; then, while reading from left to right,
// bad_unicode, bad_json and depth stop at once; at the end dup_key; then the first fault of a column in the order the
// columns stand in the event; then missing_field; then too_long of `extra`. So text that is no JSON is never anything
// else, whatever a column before the fault held.
#include "contract/decoder.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "contract/decimal_text.h"
#include "contract/json_scan.h"
#include "contract/plain_reader.h"
#include "contract/timestamp.h"
#include "core/result.h"

namespace rcml::contract {
namespace {

static_assert(kEventPaddingBytes >= simdjson::SIMDJSON_PADDING);

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD, for U+0000
constexpr size_t kQuotedBytesMax = 80;  // Of an event's own text inside `detail`.

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string_view without_space_after(std::string_view token) {
  while (!token.empty() && is_space(token.back())) token.remove_suffix(1);
  return token;
}

// Lengths known when this is compiled: each comparison becomes one or two loads instead of a call.
template <Column kColumn>
bool is_name(const char* key) {
  constexpr std::string_view kName = kColumns[kColumn].name;
  return std::memcmp(key, kName.data(), kName.size()) == 0;
}

template <size_t kSize, Column... kCandidates>
Column pick_column(const char* key) {
  static_assert(((kColumns[kCandidates].name.size() == kSize) && ...));
  Column picked = column_count;
  (void)((is_name<kCandidates>(key) && (picked = kCandidates, true)) || ...);
  return picked;
}

// The column an event may set, or column_count. `extra` and the lineage are the sink's: in an event they are unknown.
Column sent_column(std::string_view key) {
  switch (key.size()) {
    case 4: return pick_column<4, page>(key.data());
    case 6: return pick_column<6, device, source>(key.data());
    case 7: return pick_column<7, revenue>(key.data());
    case 8: return pick_column<8, event_id, event_ts, geo_city, order_id>(key.data());
    case 10: return pick_column<10, session_id, event_type, product_id>(key.data());
    case 11: return pick_column<11, customer_id>(key.data());
    case 12: return pick_column<12, utm_campaign, anonymous_id>(key.data());
    default: return column_count;
  }
}

// At most `bytes_max` bytes, cut between code points; `text` is valid UTF-8.
std::string_view cut(std::string_view text, size_t bytes_max = kQuotedBytesMax) {
  if (text.size() <= bytes_max) return text;
  size_t length = bytes_max;
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
  return text.substr(0, length);
}

int64_t bytes_of(const SourceEvent& event) {
  return event.full_bytes > 0 ? event.full_bytes : static_cast<int64_t>(event.bytes.size());
}

std::string_view to_text(ScanFault fault) {
  switch (fault) {
    case ScanFault::none: break;
    case ScanFault::syntax: return "not JSON";
    case ScanFault::unicode: return "half of a surrogate pair";
    case ScanFault::depth: return "nested too deep";
    case ScanFault::number: return "number too large for a double";
  }
  return "";
}

RejectReason reason_of(ScanFault fault) {
  if (fault == ScanFault::unicode) return RejectReason::bad_unicode;
  return fault == ScanFault::depth ? RejectReason::depth : RejectReason::bad_json;
}

// Where the tokens of a JSON text start: brackets, colons, commas, and the first byte of each text, number or literal.
class TokenIndex {
 public:
  // `json` is padded and stays where it is while the index is used.
  simdjson::error_code build(std::string_view json) {
    json_ = json;
    if (const auto error = reserve(json.size())) return error;
    return parser_->stage1(reinterpret_cast<const uint8_t*>(json.data()), json.size(), simdjson::stage1_mode::regular);
  }

  size_t count() const { return parser_->n_structural_indexes; }
  // First byte of token `index`; NUL, which no token starts with, when there is none.
  char first_byte(size_t index) const { return index < count() ? json_[parser_->structural_indexes[index]] : '\0'; }
  // Token `index` < count(), without the white space after it. Of a container: its bracket.
  std::string_view token(size_t index) const {
    const size_t from = parser_->structural_indexes[index];
    // The index ends with the length of the text.
    return without_space_after(json_.substr(from, parser_->structural_indexes[index + 1] - from));
  }
  // Where token `index` <= count() starts, the one after it, and so on; the start of token count() is the text's length.
  const uint32_t* starts(size_t index) const { return parser_->structural_indexes.get() + index; }
  // The first token from `index` on that starts at `position` or later.
  size_t skip_to(size_t index, const char* position) const {
    const auto offset = static_cast<uint32_t>(position - json_.data());
    const uint32_t* all = parser_->structural_indexes.get();
    return static_cast<size_t>(std::lower_bound(all + index, all + count(), offset) - all);
  }
  // Resolves the escapes of `token`, a text in quotes, at `out`, which has room for it and the padding. nullptr: bad escape.
  uint8_t* unescape(std::string_view token, uint8_t* out) const {
    return parser_->parse_string(reinterpret_cast<const uint8_t*>(token.data()) + 1, out, false);
  }

 private:
  simdjson::error_code reserve(size_t bytes) {
    if (parser_ != nullptr && parser_->capacity() >= bytes) return simdjson::SUCCESS;
    const size_t capacity = std::max<size_t>(4096, 2 * bytes);
    constexpr size_t kDepthUnused = 1;  // Only simdjson's later stages nest.
    if (parser_ != nullptr) return parser_->set_capacity(capacity);
    return simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, kDepthUnused, parser_);
  }

  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser_;
  std::string_view json_;
};

}  // namespace

struct Decoder::State {
  explicit State(const DecodeLimits& given) : limits(given) {}

  DecodeLimits limits;
  PlainReader plain;
  TokenIndex index;
  std::vector<char> copy;  // Of an event that is not padded.
  std::vector<uint8_t> unescaped;  // Texts that had escapes; sized for the event, so views hold.
  size_t unescaped_size = 0;
  std::string nul_free;  // Texts whose NUL was replaced; reserved for the event, so views hold.
  std::string extra_text;  // Grows to `{"a":1,...` while reading.
  std::vector<std::string_view> unknown_keys;

  // Of the event at hand.
  const SourceEvent* event = nullptr;
  ClickRow* row = nullptr;
  Reject* reject = nullptr;
  std::string_view json;  // Padded; without a byte order mark.
  bool has_escape = false;  // Without one every string is what it looks like.
  ColumnSet seen_columns = 0;
  std::optional<Column> dup_column;
  bool has_fault = false;  // Of a column; `reject` says which.

  bool read();
  bool take_bytes();
  bool read_plain();
  bool read_object();
  bool read_field(size_t& at);
  bool read_usual_field(size_t& at);
  bool read_key(std::string_view token, std::string_view& key);
  bool read_known(Column column, std::string_view token, size_t& value_bytes);
  bool read_string(Column column, std::string_view token);
  bool read_other(Column column, std::string_view token, size_t& value_bytes);
  bool read_unknown(std::string_view key, std::string_view key_token, std::string_view token, size_t& value_bytes);
  bool finish();
  bool has_dup_key();
  bool not_an_object();
  void set_text(Column column, std::string_view text);
  void set_event_ts(std::string_view text);
  void set_revenue(std::string_view token);
  ScannedValue scan(std::string_view token) const;
  bool resolve_escapes(std::string_view token, std::string_view& text);
  std::string_view without_nul(std::string_view text);

  // Ends the event: always false, for `return stop(...)`.
  bool stop(RejectReason reason, std::string_view a, std::string_view b = {}, std::string_view c = {});
  // Notes a column's fault; reading goes on, since text that is no JSON would outrank it.
  void note(RejectReason reason, Column column, std::string_view what);
};

bool Decoder::State::stop(RejectReason reason, std::string_view a, std::string_view b, std::string_view c) {
  has_fault = true;
  reject->reason = reason;
  reject->detail.assign(a).append(b).append(c);
  return false;
}

void Decoder::State::note(RejectReason reason, Column column, std::string_view what) {
  if (!has_fault) stop(reason, kColumns[column].name, ": ", what);
}

std::string_view Decoder::State::without_nul(std::string_view text) {
  if (!has_escape || text.find('\0') == std::string_view::npos) return text;
  const size_t from = nul_free.size();
  for (const char c : text) {
    if (c == '\0') {
      nul_free.append(kReplacement);
    } else {
      nul_free.push_back(c);
    }
  }
  return std::string_view(nul_free).substr(from);
}

ScannedValue Decoder::State::scan(std::string_view token) const {
  const bool is_container = token.starts_with('{') || token.starts_with('[');
  // The token of a container is its bracket alone: the scanner finds the end. A scalar must fill its token.
  if (is_container)
    return scan_value({token.data(), static_cast<size_t>(json.data() + json.size() - token.data())}, limits.depth_max);
  ScannedValue scanned = scan_value(token, limits.depth_max);
  const bool has_ended = scanned.fault == ScanFault::none || scanned.fault == ScanFault::number;
  if (has_ended && scanned.length != token.size()) scanned.fault = ScanFault::syntax;
  return scanned;
}

bool Decoder::State::take_bytes() {
  std::string_view bytes = event->bytes;
  // A reader that kept only the beginning of an event did so because it is too large.
  if (event->full_bytes > 0 || bytes_of(*event) > limits.event_bytes_max) {
    reject->raw = bytes.substr(0, static_cast<size_t>(limits.raw_sample_bytes_max));
    return stop(RejectReason::too_large, std::to_string(bytes_of(*event)), " bytes");
  }
  if (!event->is_padded) {
    if (copy.size() < bytes.size() + kEventPaddingBytes) copy.resize(2 * bytes.size() + kEventPaddingBytes);
    if (!bytes.empty()) std::memcpy(copy.data(), bytes.data(), bytes.size());
    bytes = {copy.data(), bytes.size()};
  }
  if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  json = bytes;
  return true;
}

bool Decoder::State::read() {
  row->text.fill({});
  row->has_revenue = false;
  row->revenue_cents = 0;
  row->cut_columns = 0;
  has_fault = false;
  seen_columns = 0;
  dup_column.reset();
  unknown_keys.clear();
  extra_text.clear();
  if (!take_bytes()) return false;
  if (read_plain()) return finish();
  has_escape = !json.empty() && std::memchr(json.data(), '\\', json.size()) != nullptr;
  if (has_escape) {
    nul_free.clear();
    nul_free.reserve(json.size());  // An escaped NUL takes six bytes, its replacement three: this never grows.
    unescaped_size = 0;
    // No text grows when its escapes are resolved; each is written with some bytes of slack.
    if (unescaped.size() < json.size() + kEventPaddingBytes) unescaped.resize(2 * json.size() + kEventPaddingBytes);
  }
  const size_t first = json.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || json[first] != '{') return not_an_object();
  return read_object() && finish();
}

// False: the general way has to read it, from the beginning.
bool Decoder::State::read_plain() {
  if (!plain.read(json, *row)) {
    row->text.fill({});
    return false;
  }
  seen_columns = plain.seen_columns();
  if (contains(seen_columns, event_ts)) set_event_ts(plain.event_ts_text());
  return true;
}

bool Decoder::State::not_an_object() {
  const size_t first = json.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return stop(RejectReason::not_object, "empty");
  if (!simdjson::validate_utf8(json.data(), json.size())) return stop(RejectReason::bad_unicode, "not UTF-8");
  const std::string_view token = without_space_after(json.substr(first));
  ScannedValue scanned = scan_value(token, limits.depth_max);
  if (scanned.fault == ScanFault::none && scanned.length != token.size()) scanned.fault = ScanFault::syntax;
  if (scanned.fault != ScanFault::none) return stop(reason_of(scanned.fault), to_text(scanned.fault));
  return stop(RejectReason::not_object, "starts with ", token.substr(0, 1));
}

bool Decoder::State::read_object() {
  if (const auto error = index.build(json)) {
    return error == simdjson::UTF8_ERROR ? stop(RejectReason::bad_unicode, "not UTF-8")
                                         : stop(RejectReason::bad_json, simdjson::error_message(error));
  }
  size_t at = 1;  // Token 0 is the opening brace.
  if (index.first_byte(at) == '}')
    return at + 1 == index.count() || stop(RejectReason::bad_json, "more after the object");
  for (char after = ','; after != '}'; ++at) {
    if (!read_field(at)) return false;
    after = index.first_byte(at);
    if (after != ',' && after != '}') return stop(RejectReason::bad_json, "a field must be followed by , or }");
  }
  return at == index.count() || stop(RejectReason::bad_json, "more after the object");
}

// The field most events are made of: `"key":"text"` or `"key":null` of a known column, without escapes and white space.
// Four positions tell all of it. False: it is another one and nothing was done.
bool Decoder::State::read_usual_field(size_t& at) {
  if (has_escape || at + 3 >= index.count()) return false;
  const uint32_t* const starts = index.starts(at);
  const char* const key = json.data() + starts[0];
  const char* const colon = json.data() + starts[1];
  const char* const value = json.data() + starts[2];
  const char* const end = json.data() + starts[3];
  if (*key != '"' || *colon != ':' || colon - key < 2 || colon[-1] != '"') return false;
  const Column column = sent_column({key + 1, static_cast<size_t>(colon - key - 2)});
  if (column == column_count || contains(seen_columns, column)) return false;
  if (*value == '"') {
    if (end - value < 2 || end[-1] != '"') return false;
    const std::string_view text(value + 1, static_cast<size_t>(end - value - 2));
    if (column == event_ts) {
      set_event_ts(text);
    } else if (kColumns[column].type != ColumnType::text ||
               text.size() > static_cast<size_t>(kColumns[column].bytes_max)) {
      return false;
    } else if (!text.empty()) {
      row->text[column] = text;
    }
  } else if (std::string_view(value, static_cast<size_t>(end - value)) != "null" || column == event_ts) {
    return false;
  }
  seen_columns = with(seen_columns, column);
  at += 3;
  return true;
}

// Reads the key at token `at`, the colon and the value; leaves `at` on the token after them.
bool Decoder::State::read_field(size_t& at) {
  if (read_usual_field(at)) return true;
  if (index.first_byte(at) != '"' || index.first_byte(at + 1) != ':' || at + 2 >= index.count()) {
    return stop(RejectReason::bad_json, "a field must be a key in quotes, a colon and a value");
  }
  const std::string_view key_token = index.token(at);
  const std::string_view token = index.token(at + 2);
  std::string_view key;
  if (!read_key(key_token, key)) return false;
  const Column column = sent_column(key);
  size_t value_bytes = 0;
  const bool is_read = column != column_count ? read_known(column, token, value_bytes)
                                              : read_unknown(key, key_token, token, value_bytes);
  if (!is_read) return false;
  at = value_bytes > token.size() ? index.skip_to(at + 3, token.data() + value_bytes) : at + 3;
  return true;
}

bool Decoder::State::read_key(std::string_view token, std::string_view& key) {
  if (token.size() < 2 || token.back() != '"') return stop(RejectReason::bad_json, "a key without its closing quote");
  key = token.substr(1, token.size() - 2);
  if (!has_escape) return true;
  const ScannedValue scanned = scan(token);
  if (scanned.fault != ScanFault::none) return stop(reason_of(scanned.fault), "in a key: ", to_text(scanned.fault));
  return resolve_escapes(token, key) || stop(RejectReason::bad_json, "in a key: bad escape");
}

bool Decoder::State::resolve_escapes(std::string_view token, std::string_view& text) {
  uint8_t* const begin = unescaped.data() + unescaped_size;
  const uint8_t* const end = index.unescape(token, begin);
  if (end == nullptr) return false;
  const auto size = static_cast<size_t>(end - begin);
  unescaped_size += size;
  text = without_nul({reinterpret_cast<const char*>(begin), size});
  return true;
}

// `value_bytes` is set to the length of the value when it is more than `token`.
bool Decoder::State::read_known(Column column, std::string_view token, size_t& value_bytes) {
  if (contains(seen_columns, column) && !dup_column) dup_column = column;
  seen_columns = with(seen_columns, column);
  return token.front() == '"' ? read_string(column, token) : read_other(column, token, value_bytes);
}

bool Decoder::State::read_string(Column column, std::string_view token) {
  // The index knows the quotes, and that no control character stands between them.
  if (token.size() < 2 || token.back() != '"') return stop(RejectReason::bad_json, kColumns[column].name, ": not JSON");
  std::string_view text = token.substr(1, token.size() - 2);
  if (has_escape) {
    const ScannedValue scanned = scan(token);
    if (scanned.fault != ScanFault::none)
      return stop(reason_of(scanned.fault), kColumns[column].name, ": ", to_text(scanned.fault));
    if (!resolve_escapes(token, text)) return stop(RejectReason::bad_json, kColumns[column].name, ": bad escape");
  }
  if (kColumns[column].type == ColumnType::text) {
    set_text(column, text);
  } else if (column == event_ts) {
    set_event_ts(text);
  } else {
    note(RejectReason::wrong_type, column, "a string");
  }
  return true;
}

// An empty text is no value: it becomes null, as a field that is absent does.
void Decoder::State::set_text(Column column, std::string_view text) {
  if (text.empty()) return;
  const auto bytes_max = static_cast<size_t>(kColumns[column].bytes_max);
  if (text.size() > bytes_max) {
    if (contains(limits.cut_columns, column)) {
      row->text[column] = cut(text, bytes_max);
      row->cut_columns = with(row->cut_columns, column);
      return;
    }
    note(RejectReason::too_long, column, std::to_string(text.size()) + " bytes, at most " + std::to_string(bytes_max));
    return;
  }
  row->text[column] = text;
}

void Decoder::State::set_event_ts(std::string_view text) {
  if (text.empty()) {
    note(RejectReason::missing_field, event_ts, "empty");
    return;
  }
  const std::optional<UtcMicros> at = parse_timestamp(text);
  if (!at) {
    note(RejectReason::ts_format, event_ts, cut(text));
    return;
  }
  const int64_t ahead = event->arrived_at == kArrivalUnknown ? 0 : at->value - event->arrived_at.value;
  const bool is_held = *at >= kEventTsMin && *at < kEventTsEnd;
  const bool is_old = limits.past_micros_max >= 0 && ahead < -limits.past_micros_max;
  if (!is_held || is_old || ahead > limits.future_micros_max) note(RejectReason::ts_range, event_ts, cut(text));
  row->event_ts = *at;
}

// null, a number, a boolean, an object or an array in a known column.
bool Decoder::State::read_other(Column column, std::string_view token, size_t& value_bytes) {
  if (token == "null") {
    if (column == event_ts) note(RejectReason::missing_field, column, "null");
    return true;
  }
  const ScannedValue scanned = scan(token);
  value_bytes = scanned.length;
  const bool is_number = token.front() == '-' || (token.front() >= '0' && token.front() <= '9');
  const bool is_large_number = is_number && scanned.fault == ScanFault::number;
  if (scanned.fault != ScanFault::none && !is_large_number)
    return stop(reason_of(scanned.fault), kColumns[column].name, ": ", to_text(scanned.fault));
  if (is_number && column == revenue) {
    set_revenue(token);
  } else if (is_number && column == event_ts) {
    note(RejectReason::ts_format, column, "a number; the contract takes ISO-8601 text with a zone");
  } else {
    note(RejectReason::wrong_type, column,
         is_number                ? "a number"
         : token.starts_with('{') ? "an object"
         : token.starts_with('[') ? "an array"
                                  : "a boolean");
  }
  return true;
}

void Decoder::State::set_revenue(std::string_view token) {
  const std::optional<int64_t> cents = parse_cents(token);
  if (!cents) {
    note(RejectReason::out_of_range, revenue, cut(token));
    return;
  }
  row->has_revenue = true;
  row->revenue_cents = *cents;
}

// Key and value go to `extra` as they were written, except that a NUL is replaced there as everywhere.
bool Decoder::State::read_unknown(std::string_view key, std::string_view key_token, std::string_view token,
                                  size_t& value_bytes) {
  const ScannedValue scanned = scan(token);
  if (scanned.fault != ScanFault::none) return stop(reason_of(scanned.fault), cut(key), ": ", to_text(scanned.fault));
  value_bytes = scanned.length;
  unknown_keys.push_back(key);
  const size_t from = extra_text.size();
  extra_text.push_back(from == 0 ? '{' : ',');
  extra_text.append(key_token).push_back(':');
  extra_text.append(token.data(), scanned.length);
  if (has_escape) replace_nul_escapes(extra_text, from);
  return true;
}

bool Decoder::State::has_dup_key() {
  if (dup_column) return !stop(RejectReason::dup_key, kColumns[*dup_column].name, ": twice");
  if (unknown_keys.size() < 2) return false;
  std::sort(unknown_keys.begin(), unknown_keys.end());
  const auto twice = std::adjacent_find(unknown_keys.begin(), unknown_keys.end());
  return twice != unknown_keys.end() && !stop(RejectReason::dup_key, cut(*twice), ": twice");
}

bool Decoder::State::finish() {
  if (has_dup_key() || has_fault) return false;
  for (const Column column : {event_id, event_type}) {
    if (row->text[column].data() != nullptr) continue;
    return stop(RejectReason::missing_field, kColumns[column].name, ": ",
                contains(seen_columns, column) ? "null or empty" : "absent");
  }
  if (!contains(seen_columns, event_ts)) return stop(RejectReason::missing_field, "event_ts: absent");
  if (extra_text.empty()) return true;
  extra_text.push_back('}');
  if (extra_text.size() > static_cast<size_t>(kColumns[extra].bytes_max)) {
    return stop(RejectReason::too_long, "extra: ", std::to_string(extra_text.size()), " bytes of unknown fields");
  }
  row->text[extra] = extra_text;
  return true;
}

Decoder::Decoder(const DecodeLimits& limits) : state_(std::make_unique<State>(limits)) {
  RCML_CHECK(limits.depth_max >= 0 && limits.depth_max <= kScanDepthMax);
  RCML_CHECK(limits.event_bytes_max >= 0 && limits.raw_sample_bytes_max >= 0);
}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

Outcome Decoder::decode(const SourceEvent& event, Partition partition, UtcMicros now, ClickRow& row, Reject& reject) {
  RCML_CHECK(!event.is_tombstone);
  State& state = *state_;
  state.event = &event;
  state.row = &row;
  state.reject = &reject;
  reject.raw = event.bytes;
  if (state.read()) {
    row.source_partition = partition;
    row.source_offset = event.offset;
    row.ingested_at = now;
    return Outcome::row;
  }
  reject.raw_bytes = bytes_of(event);
  reject.source_partition = partition;
  reject.source_offset = event.offset;
  reject.arrived_at = event.arrived_at;
  reject.ingested_at = now;
  return Outcome::reject;
}

}  // namespace rcml::contract

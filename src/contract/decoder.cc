// contract/decoder.cc: one pass over the fields of the object, in the order they stand.
//
// simdjson finds the structure and checks the UTF-8 of the whole event (stage 1); the values are then read from their
// tokens. What is unknown goes through json_scan.h, because simdjson does not look inside what it skips.
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
#include "contract/timestamp.h"
#include "core/result.h"

namespace rcml::contract {
namespace {

namespace ondemand = simdjson::ondemand;

static_assert(kEventPaddingBytes >= simdjson::SIMDJSON_PADDING);

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD, for U+0000
constexpr size_t kQuotedBytesMax = 80;                     // Of an event's own text inside `detail`.

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string_view without_space_after(std::string_view token) {
  while (!token.empty() && is_space(token.back())) token.remove_suffix(1);
  return token;
}

// The column an event may set, or column_count. `extra` and the lineage are the sink's: in an event they are unknown.
Column sent_column(std::string_view key) {
  const auto is = [&](Column column) { return key == kColumns[column].name; };
  const auto pick = [&](Column column) { return is(column) ? column : column_count; };
  switch (key.size()) {
    case 4: return pick(page);
    case 6: return is(device) ? device : pick(source);
    case 7: return pick(revenue);
    case 8: return is(event_id) ? event_id : is(event_ts) ? event_ts : is(geo_city) ? geo_city : pick(order_id);
    case 10: return is(session_id) ? session_id : is(event_type) ? event_type : pick(product_id);
    case 11: return pick(customer_id);
    case 12: return is(utm_campaign) ? utm_campaign : pick(anonymous_id);
    default: return column_count;
  }
}

// At most kQuotedBytesMax bytes, cut between code points; `text` is valid UTF-8.
std::string_view cut(std::string_view text) {
  if (text.size() <= kQuotedBytesMax) return text;
  size_t length = kQuotedBytesMax;
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

}  // namespace

struct Decoder::State {
  explicit State(const DecodeLimits& given) : limits(given) {}

  DecodeLimits limits;
  ondemand::parser parser;
  std::vector<char> copy;                     // Of an event that is not padded.
  std::string nul_free;                       // Texts whose NUL was replaced; reserved for the event, so views hold.
  std::string extra_text;                     // Grows to `{"a":1,...` while reading.
  std::vector<std::string_view> unknown_keys;

  // Of the event at hand.
  const SourceEvent* event = nullptr;
  ClickRow* row = nullptr;
  Reject* reject = nullptr;
  std::string_view json;      // Padded; without a byte order mark.
  bool has_escape = false;    // Without one every string is what it looks like.
  uint32_t seen_columns = 0;  // One bit per Column.
  std::optional<Column> dup_column;
  bool has_fault = false;     // Of a column; `reject` says which.

  bool read();
  bool take_bytes();
  bool read_object();
  bool read_field(ondemand::field& field);
  bool read_key(ondemand::field& field, std::string_view& key, std::string_view& key_token);
  bool read_known(Column column, ondemand::value& value);
  bool read_string(Column column, ondemand::value& value, std::string_view token);
  bool read_other(Column column, std::string_view token);
  bool read_unknown(std::string_view key, std::string_view key_token, std::string_view token);
  bool finish();
  bool has_dup_key();
  bool not_an_object();
  void set_text(Column column, std::string_view text);
  void set_event_ts(std::string_view text);
  void set_revenue(std::string_view token);
  ScannedValue scan(std::string_view token) const;
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
  // simdjson's token of a container is its bracket alone: the scanner finds the end. A scalar must fill its token.
  if (is_container) return scan_value({token.data(), static_cast<size_t>(json.data() + json.size() - token.data())}, limits.depth_max);
  ScannedValue scanned = scan_value(token, limits.depth_max);
  if (scanned.fault == ScanFault::none && scanned.length != token.size()) scanned.fault = ScanFault::syntax;
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
  has_fault = false;
  seen_columns = 0;
  dup_column.reset();
  unknown_keys.clear();
  extra_text.clear();
  if (!take_bytes()) return false;
  has_escape = !json.empty() && std::memchr(json.data(), '\\', json.size()) != nullptr;
  if (has_escape) {
    nul_free.clear();
    nul_free.reserve(json.size());  // An escaped NUL takes six bytes, its replacement three: this never grows.
  }
  const size_t first = json.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || json[first] != '{') return not_an_object();
  return read_object() && finish();
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
  const auto bad = [&](simdjson::error_code error) {
    return error == simdjson::UTF8_ERROR ? stop(RejectReason::bad_unicode, "not UTF-8") : stop(RejectReason::bad_json, simdjson::error_message(error));
  };
  ondemand::document document;
  if (const auto error = parser.iterate(simdjson::padded_string_view(json.data(), json.size(), json.size() + kEventPaddingBytes)).get(document)) return bad(error);
  ondemand::object object;
  if (const auto error = document.get_object().get(object)) return bad(error);
  for (auto result : object) {
    ondemand::field field;
    if (const auto error = std::move(result).get(field)) return bad(error);
    if (!read_field(field)) return false;
  }
  return document.at_end() || stop(RejectReason::bad_json, "more after the object");
}

bool Decoder::State::read_field(ondemand::field& field) {
  std::string_view key;
  std::string_view key_token;
  if (!read_key(field, key, key_token)) return false;
  const Column column = sent_column(key);
  if (column != column_count) return read_known(column, field.value());
  return read_unknown(key, key_token, without_space_after(field.value().raw_json_token()));
}

bool Decoder::State::read_key(ondemand::field& field, std::string_view& key, std::string_view& key_token) {
  key = field.escaped_key();
  key_token = {key.data() - 1, key.size() + 2};
  if (!has_escape) return true;
  const ScannedValue scanned = scan(key_token);
  if (scanned.fault != ScanFault::none) return stop(reason_of(scanned.fault), "in a key: ", to_text(scanned.fault));
  if (field.unescaped_key(false).get(key)) return stop(RejectReason::bad_json, "in a key: bad escape");
  key = without_nul(key);
  return true;
}

bool Decoder::State::read_known(Column column, ondemand::value& value) {
  const uint32_t bit = 1u << column;
  if ((seen_columns & bit) != 0 && !dup_column) dup_column = column;
  seen_columns |= bit;
  const std::string_view token = without_space_after(value.raw_json_token());
  return token.starts_with('"') ? read_string(column, value, token) : read_other(column, token);
}

bool Decoder::State::read_string(Column column, ondemand::value& value, std::string_view token) {
  std::string_view text;
  if (has_escape) {
    const ScannedValue scanned = scan(token);
    if (scanned.fault != ScanFault::none) return stop(reason_of(scanned.fault), kColumns[column].name, ": ", to_text(scanned.fault));
    if (value.get_string(false).get(text)) return stop(RejectReason::bad_json, kColumns[column].name, ": bad escape");
    text = without_nul(text);
  } else {
    // Stage 1 saw both quotes and no control character, so what stands between them is the text.
    if (token.size() < 2 || token.back() != '"') return stop(RejectReason::bad_json, kColumns[column].name, ": not JSON");
    text = token.substr(1, token.size() - 2);
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
  const int64_t ahead = at->value - event->arrived_at.value;
  const bool is_held = *at >= kEventTsMin && *at < kEventTsEnd;
  const bool is_old = limits.past_micros_max >= 0 && ahead < -limits.past_micros_max;
  if (!is_held || is_old || ahead > limits.future_micros_max) note(RejectReason::ts_range, event_ts, cut(text));
  row->event_ts = *at;
}

// null, a number, a boolean, an object or an array in a known column.
bool Decoder::State::read_other(Column column, std::string_view token) {
  if (token == "null") {
    if (column == event_ts) note(RejectReason::missing_field, column, "null");
    return true;
  }
  const ScannedValue scanned = scan(token);
  const bool is_number = token.starts_with('-') || (!token.empty() && token[0] >= '0' && token[0] <= '9');
  const bool is_large_number = is_number && scanned.fault == ScanFault::number;
  if (scanned.fault != ScanFault::none && !is_large_number) return stop(reason_of(scanned.fault), kColumns[column].name, ": ", to_text(scanned.fault));
  if (is_number && column == revenue) {
    set_revenue(token);
  } else if (is_number && column == event_ts) {
    note(RejectReason::ts_format, column, "a number; the contract takes ISO-8601 text with a zone");
  } else {
    note(RejectReason::wrong_type, column, is_number ? "a number" : token.starts_with('{') ? "an object" : token.starts_with('[') ? "an array" : "a boolean");
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
bool Decoder::State::read_unknown(std::string_view key, std::string_view key_token, std::string_view token) {
  const ScannedValue scanned = scan(token);
  if (scanned.fault != ScanFault::none) return stop(reason_of(scanned.fault), cut(key), ": ", to_text(scanned.fault));
  unknown_keys.push_back(key);
  const size_t from = extra_text.size();
  extra_text.push_back(from == 0 ? '{' : ',');
  extra_text.append(key_token).push_back(':');
  extra_text.append(token.data(), scanned.length);
  if (has_escape) replace_nul_escapes(extra_text, from);
  return true;
}

bool Decoder::State::has_dup_key() {
  if (dup_column) return !stop(RejectReason::dup_key, kColumns[*dup_column].name);
  if (unknown_keys.size() < 2) return false;
  std::sort(unknown_keys.begin(), unknown_keys.end());
  const auto twice = std::adjacent_find(unknown_keys.begin(), unknown_keys.end());
  return twice != unknown_keys.end() && !stop(RejectReason::dup_key, cut(*twice));
}

bool Decoder::State::finish() {
  if (has_dup_key() || has_fault) return false;
  for (const Column column : {event_id, event_type}) {
    if (row->text[column].data() != nullptr) continue;
    return stop(RejectReason::missing_field, kColumns[column].name, ": ", (seen_columns >> column & 1u) != 0 ? "null or empty" : "absent");
  }
  if ((seen_columns >> event_ts & 1u) == 0) return stop(RejectReason::missing_field, "event_ts: absent");
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

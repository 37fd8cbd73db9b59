// importer/event_text.cc: known columns are brought to the contract's types; everything else keeps its name and text.
#include "importer/event_text.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "contract/columns.h"
#include "contract/json_scan.h"
#include "core/clock.h"

namespace rcml::importer {
namespace {

using contract::ColumnType;
using contract::kColumns;

constexpr size_t kSentColumnCount = contract::extra;  // `extra` and the lineage are not an event's to set.

// Index of a column an event may set, or kSentColumnCount.
size_t sent_column(std::string_view name) {
  size_t i = 0;
  while (i < kSentColumnCount && kColumns[i].name != name) ++i;
  return i;
}

bool is_number(std::string_view text) {
  if (text.empty() || (text[0] != '-' && (text[0] < '0' || text[0] > '9'))) return false;
  const contract::ScannedValue scanned = contract::scan_value(text, 0);
  return scanned.fault == contract::ScanFault::none && scanned.length == text.size();
}

bool is_json_text(const Field& field) { return field.is_json && field.value.size() >= 2 && field.value.front() == '"'; }

// What stands in the field as plain text: a JSON text loses its quotes (escapes stay), null is "no value".
std::string_view plain(const Field& field) {
  if (is_json_text(field)) return field.value.substr(1, field.value.size() - 2);
  return field.is_json && field.value == "null" ? std::string_view() : field.value;
}

// Digits with an optional sign and decimals, as whole microseconds; decimals beyond are cut.
bool parse_epoch(std::string_view text, int64_t micros_per_unit, int64_t& micros) {
  const size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  int64_t units = 0;
  const auto [end, error] = std::from_chars(whole.data(), whole.data() + whole.size(), units);
  if (error != std::errc{} || end != whole.data() + whole.size() || whole == "-") return false;
  if (__builtin_mul_overflow(units, micros_per_unit, &micros)) return false;
  int64_t scale = micros_per_unit;
  for (const char c : text.substr(std::min(point + 1, text.size()))) {
    if (c < '0' || c > '9') return false;
    scale /= 10;
    micros += (text[0] == '-' ? -1 : 1) * (c - '0') * scale;
  }
  return point + 1 != text.size();
}

std::string epoch_to_iso(std::string_view text, int64_t micros_per_unit) {
  int64_t micros = 0;
  // write_utc holds four digits of year; what is outside is nonsense anyway and must not look like a time.
  constexpr int64_t kYear0 = -719'528 * kMicrosPerDay;
  constexpr int64_t kYear10000 = 2'932'897 * kMicrosPerDay;
  if (!parse_epoch(text, micros_per_unit, micros) || micros < kYear0 || micros >= kYear10000) return "";
  return to_text(UtcMicros(micros));
}

std::string sql_to_iso(std::string_view text) {
  constexpr size_t kDateTimeBytes = 19;
  if (text.size() < kDateTimeBytes || (text[10] != ' ' && text[10] != 'T')) return "";
  std::string iso(text);
  iso[10] = 'T';
  if (iso.ends_with(" UTC")) iso.replace(iso.size() - 4, 4, "Z");
  const bool has_zone = iso.back() == 'Z' || iso.find_first_of("+-", kDateTimeBytes) != std::string::npos;
  if (!has_zone) iso += 'Z';
  std::erase(iso, ' ');
  return iso;
}

struct Hash128 {
  unsigned __int128 value = (static_cast<unsigned __int128>(0x6c62272e07bb0142) << 64) | 0x62b821756295c58d;

  // FNV-1a
  void add(std::string_view bytes) {
    constexpr unsigned __int128 kPrime = (static_cast<unsigned __int128>(1) << 88) | 0x13b;
    for (const char c : bytes) value = (value ^ static_cast<unsigned char>(c)) * kPrime;
  }
  std::string hex() const {
    std::string text;
    for (int shift = 124; shift >= 0; shift -= 4)
      text.push_back("0123456789abcdef"[static_cast<size_t>(value >> shift) & 15]);
    return text;
  }
};

}  // namespace

std::string place_id(std::string_view source_name, const Place& place) {
  Hash128 hash;
  hash.add(source_name);
  hash.add(":" + std::to_string(place.line) + ":" + std::to_string(place.index));
  return hash.hex();
}

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      const auto byte = static_cast<unsigned char>(c);
      out.append("\\u00").push_back("0123456789abcdef"[byte >> 4]);
      out.push_back("0123456789abcdef"[byte & 15]);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

std::string to_iso(std::string_view text, TimeUnit unit) {
  switch (unit) {
    case TimeUnit::iso: return std::string(text);
    case TimeUnit::sql: return sql_to_iso(text);
    case TimeUnit::s: return epoch_to_iso(text, kMicrosPerSecond);
    case TimeUnit::ms: return epoch_to_iso(text, 1000);
    case TimeUnit::us: return epoch_to_iso(text, 1);
  }
  return "";
}

EventText::EventText(const ImportOptions& options, std::string source_name)
    : event_type_of_(options.event_type_of.begin(), options.event_type_of.end()),
      constants_(options.constants),
      time_unit_(options.time_unit),
      source_name_(std::move(source_name)) {
  for (const auto& [column, field] : options.column_of) columns_of_.emplace(field, column);
}

std::string EventText::build(std::span<const Field> fields, const Place& place) {
  event_ = "{";
  key_.clear();
  event_type_.clear();
  seen_ = 0;
  for (const Field& field : fields) {
    const auto [first, last] = columns_of_.equal_range(field.name);
    if (first == last) {
      add_other(field);
      continue;
    }
    for (auto it = first; it != last; ++it) {
      if (std::string fault = add_column(it->second, field); !fault.empty()) return fault;
    }
  }
  const uint32_t mapped = seen_;
  // A field that bears a column's name and is not mapped away is that column, unless a mapping gave it another source.
  for (const Field& field : fields) {
    const size_t column = sent_column(field.name);
    if (column == kSentColumnCount || columns_of_.contains(field.name)) continue;
    if ((mapped >> column & 1u) != 0) {
      add_named("original_" + std::string(field.name), field);
    } else if (std::string fault = add_column(field.name, field); !fault.empty()) {
      return fault;
    }
  }
  for (const auto& [column, text] : constants_) {
    const size_t index = sent_column(column);
    if ((seen_ >> index & 1u) == 0) add_column(column, {column, text, false});
  }
  if ((seen_ >> contract::event_id & 1u) == 0) add_text("event_id", place_id(source_name_, place), false);
  event_.push_back('}');
  return "";
}

std::string EventText::add_column(std::string_view column, const Field& field) {
  const size_t index = sent_column(column);
  const std::string_view text = plain(field);
  if (text.empty()) return "";
  seen_ |= 1u << index;
  switch (kColumns[index].type) {
    case ColumnType::timestamp_us: return add_time(column, field);
    case ColumnType::decimal_12_2:
      if (!is_number(text)) return std::string(column) + ": not a number";
      add_raw(column, text);
      return "";
    default: break;
  }
  // Foreign ids are often numbers; here they are texts. Objects and booleans are left for the decoder to refuse.
  if (field.is_json && !is_json_text(field) && !is_number(text)) {
    add_raw(column, field.value);
  } else if (index == contract::event_type && event_type_of_.contains(text)) {
    add_text(column, event_type_of_.find(text)->second, false);
  } else {
    add_text(column, text, field.is_json);
  }
  return "";
}

std::string EventText::add_time(std::string_view column, const Field& field) {
  const std::string iso = to_iso(plain(field), time_unit_);
  if (iso.empty()) return std::string(column) + ": not a time of the unit given";
  add_text(column, iso, field.is_json && time_unit_ == TimeUnit::iso);
  return "";
}

void EventText::add_text(std::string_view column, std::string_view text, bool is_escaped) {
  note(column, text);
  if (event_.size() > 1) event_.push_back(',');
  event_.append("\"").append(column).append("\":");
  if (is_escaped) {
    event_.append("\"").append(text).append("\"");
  } else {
    append_json_string(event_, text);
  }
}

void EventText::note(std::string_view column, std::string_view text) {
  if (column == "event_type") event_type_ = text;
  if (column == "customer_id" || (key_.empty() && column == "anonymous_id")) key_ = text;
}

void EventText::add_raw(std::string_view name, std::string_view json) {
  if (event_.size() > 1) event_.push_back(',');
  event_.append("\"").append(name).append("\":").append(json);
}

// A field the contract does not know keeps its name: the sink puts it into `extra`.
void EventText::add_other(const Field& field) {
  if (sent_column(field.name) != kSentColumnCount) return;  // The second pass has it.
  add_named(field.name, field);
}

void EventText::add_named(std::string_view name, const Field& field) {
  if (field.is_json) return add_raw(name, field.value);
  if (field.value.empty()) return;
  std::string json;
  append_json_string(json, field.value);
  add_raw(name, json);
}

}  // namespace rcml::importer

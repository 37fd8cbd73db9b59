// importer/event_text.h: fields of a foreign record in, the JSON text of one of our events out. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "importer/importer.h"

namespace rcml::importer {

struct Field {
  std::string_view name;   // As JSON would spell it between the quotes.
  std::string_view value;
  bool is_json = false;    // `value` is a JSON token; else it is plain text, empty for "no value".
};

// Where a record stood: what the id of its events is made of.
struct Place {
  int64_t line = 0;
  int64_t index = 0;  // Of the event in that line.
};

// Builds events by one set of rules. Reuses its memory; the views hold until the next build.
class EventText {
 public:
  explicit EventText(const ImportOptions& options, std::string source_name);

  // Empty when it worked; else why not ("event_ts: ...").
  std::string build(std::span<const Field> fields, const Place& place);
  std::string_view event() const { return event_; }
  // customer_id, else anonymous_id, else the event's id: what picks the partition.
  std::string_view key() const { return key_; }
  std::string_view event_type() const { return event_type_; }

 private:
  std::string add_column(std::string_view column, const Field& field);
  std::string add_time(std::string_view column, const Field& field);
  void add_text(std::string_view column, std::string_view text, bool is_escaped);
  void add_raw(std::string_view name, std::string_view json);
  void add_other(const Field& field);
  void add_named(std::string_view name, const Field& field);
  void note(std::string_view column, std::string_view text);

  std::multimap<std::string, std::string, std::less<>> columns_of_;  // Field of the source -> our columns.
  std::map<std::string, std::string, std::less<>> event_type_of_;
  std::map<std::string, std::string> constants_;
  TimeUnit time_unit_;
  std::string source_name_;
  std::string event_;
  std::string key_;
  std::string event_type_;
  uint32_t seen_ = 0;  // One bit per contract column.
};

// The id an event gets when its source has none: 32 hex digits, the same for the same place in the same source.
std::string place_id(std::string_view source_name, const Place& place);

// Appends `text` as a JSON string, quotes included. Bytes that are no UTF-8 pass as they are.
void append_json_string(std::string& out, std::string_view text);

// Time of the source's form -> "2025-08-24T10:00:00.123456Z"; iso passes through unread. "" when it is not of that form.
std::string to_iso(std::string_view text, TimeUnit unit);

}  // namespace rcml::importer

// dashboard/json.h: JSON and CSV text of small tables. Pure.
//
// Text from events is attacker-controlled: JSON escapes everything below U+0020, quotes, `<`, `>` and `&`, so the answer
// is harmless even where somebody pastes it into HTML; CSV defuses spreadsheet formulas. Bytes that are not UTF-8 become
// U+FFFD.
#pragma once

#include <string>
#include <string_view>

#include "dashboard/table.h"

namespace rcml::dashboard {

void append_json_text(std::string& out, std::string_view text);
bool is_utf8(std::string_view text);
// Numbers as numbers (shortest form that reads back the same), NaN and infinities as null.
void append_json_value(std::string& out, const Value& value);
// [{"column": value, ...}, ...]
std::string to_json_rows(const Table& table);

// For downloads: UTF-8 with a byte order mark, header line and rows by RFC 4180, CRLF. Every text cell is quoted; a line
// of it that a spreadsheet could run (it begins with = + - @ or a tab) gets a leading apostrophe.
std::string to_csv(const Table& table);

// Writes one JSON object member by member: JsonObject().text("a", "x").number("n", 3).take() -> {"a":"x","n":3}
class JsonObject {
 public:
  JsonObject& text(std::string_view name, std::string_view value);
  JsonObject& value(std::string_view name, const Value& value);
  // `json` must be JSON text already.
  JsonObject& raw(std::string_view name, std::string_view json);
  std::string take();

 private:
  void begin(std::string_view name);
  std::string out_ = "{";
};

}  // namespace rcml::dashboard

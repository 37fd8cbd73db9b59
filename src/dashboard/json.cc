#include "dashboard/json.h"

#include <charconv>
#include <cmath>

namespace rcml::dashboard {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool is_continuation(std::string_view text, size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
}

// Length of the valid UTF-8 sequence at `at`, or 0. Refuses overlong forms, surrogates and code points past U+10FFFF.
size_t utf8_length(std::string_view text, size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const auto second = at + 1 < text.size() ? static_cast<unsigned char>(text[at + 1]) : 0;
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return is_continuation(text, at + 1) ? 2 : 0;
  if (lead < 0xF0) {
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F)) return 0;
    return is_continuation(text, at + 1) && is_continuation(text, at + 2) ? 3 : 0;
  }
  if (lead > 0xF4 || (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) return 0;
  return is_continuation(text, at + 1) && is_continuation(text, at + 2) && is_continuation(text, at + 3) ? 4 : 0;
}

void append_escape(std::string& out, unsigned char byte) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += "\\u00";
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

void append_ascii(std::string& out, char byte) {
  switch (byte) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    case '<':
    case '>':
    case '&':
    case 0x7F: append_escape(out, static_cast<unsigned char>(byte)); return;
    default: break;
  }
  if (static_cast<unsigned char>(byte) < 0x20) {
    append_escape(out, static_cast<unsigned char>(byte));
  } else {
    out += byte;
  }
}

void append_double(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
  out.append(buffer, end);
}

// = + - @ and a tab, and the full-width forms of the first four (OWASP, CSV injection).
bool begins_formula(std::string_view line) {
  for (const std::string_view start :
       {"=", "+", "-", "@", "\t", "\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D", "\xEF\xBC\xA0"})
    if (line.starts_with(start)) return true;
  return false;
}

// Where some program may begin a new cell: a spreadsheet whose separator is another than ours takes no quotes inside a
// cell for quotes.
bool ends_cell(char c) { return c == '\n' || c == '\r' || c == ';' || c == '\t'; }

// Every text is quoted, as the separator differs between locales. What a spreadsheet could run as a formula gets an
// apostrophe in front, behind anything that it may take for a separator too.
std::string csv_text(std::string_view text) {
  std::string cell = "\"";
  bool is_cell_start = true;
  for (size_t at = 0; at < text.size(); ++at) {
    if (is_cell_start && begins_formula(text.substr(at))) cell += '\'';
    if (text[at] == '"') cell += '"';
    cell += text[at];
    is_cell_start = ends_cell(text[at]);
  }
  return cell + '"';
}

std::string csv_cell(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return csv_text(*text);
  if (std::holds_alternative<std::monostate>(value)) return {};
  std::string out;
  append_json_value(out, value);
  return out == "null" ? std::string() : out;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const size_t length = utf8_length(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

void append_json_text(std::string& out, std::string_view text) {
  out += '"';
  for (size_t at = 0; at < text.size();) {
    const size_t length = utf8_length(text, at);
    if (length == 0) {
      out += kReplacement;
      ++at;
    } else if (length == 1) {
      append_ascii(out, text[at++]);
    } else {
      out += text.substr(at, length);
      at += length;
    }
  }
  out += '"';
}

void append_json_value(std::string& out, const Value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) {
    out += *flag ? "true" : "false";
  } else if (const auto* whole = std::get_if<int64_t>(&value)) {
    out += std::to_string(*whole);
  } else if (const auto* number = std::get_if<double>(&value)) {
    append_double(out, *number);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    append_json_text(out, *text);
  } else {
    out += "null";
  }
}

std::string to_json_rows(const Table& table) {
  std::string out = "[";
  for (size_t row = 0; row < table.rows.size(); ++row) {
    out += row == 0 ? "{" : ",{";
    for (size_t column = 0; column < table.columns.size(); ++column) {
      if (column != 0) out += ',';
      append_json_text(out, table.columns[column]);
      out += ':';
      append_json_value(out, table.rows[row][column]);
    }
    out += '}';
  }
  return out + ']';
}

std::string to_csv(const Table& table) {
  std::string out = "\xEF\xBB\xBF";  // The byte order mark: without it Excel takes UTF-8 for the local code page.
  for (size_t column = 0; column < table.columns.size(); ++column)
    out += (column == 0 ? "" : ",") + csv_text(table.columns[column]);
  out += "\r\n";
  for (const auto& row : table.rows) {
    for (size_t column = 0; column < row.size(); ++column) out += (column == 0 ? "" : ",") + csv_cell(row[column]);
    out += "\r\n";
  }
  return out;
}

void JsonObject::begin(std::string_view name) {
  if (out_.size() > 1) out_ += ',';
  append_json_text(out_, name);
  out_ += ':';
}

JsonObject& JsonObject::text(std::string_view name, std::string_view value) {
  begin(name);
  append_json_text(out_, value);
  return *this;
}

JsonObject& JsonObject::value(std::string_view name, const Value& value) {
  begin(name);
  append_json_value(out_, value);
  return *this;
}

JsonObject& JsonObject::raw(std::string_view name, std::string_view json) {
  begin(name);
  out_ += json;
  return *this;
}

std::string JsonObject::take() {
  out_ += '}';
  return std::move(out_);
}

}  // namespace rcml::dashboard

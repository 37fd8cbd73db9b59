// contract/event_cases_test.cc: reads the case files; the tests that run them are in decoder_cases_test.cc.
#include "contract/event_cases.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "core/result.h"

namespace rcml::contract {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;  // Key and JSON text, in order.

Fields base_fields(const std::string& event_id) {
  return {{"event_id", "\"" + event_id + "\""},
          {"customer_id", "\"c1\""},
          {"session_id", "\"s1\""},
          {"event_type", "\"page_view\""},
          {"page", "\"/p/1\""},
          {"utm_campaign", "null"},
          {"device", "\"mobile\""},
          {"geo_city", "\"Paris\""},
          {"event_ts", "\"2025-08-24T10:00:00.123456Z\""},
          {"source", "\"web\""}};
}

std::string event_text(const Fields& fields) {
  std::string text;
  for (const auto& [key, value] : fields) text += (text.empty() ? "{\"" : ",\"") + key + "\":" + value;
  return text + "}";
}

std::string bytes_of_hex(const std::string& hex) {
  std::string bytes;
  for (size_t at = 0; at + 1 < hex.size(); at += 3)
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(at, 2), nullptr, 16)));
  return bytes;
}

std::string expand_macro(const std::string& body) {
  if (body == "B") return base_event("e1");
  if (body == "sp") return " ";
  if (body[0] == 'x') return bytes_of_hex(body.substr(1));
  const size_t star = body.find('*');
  RCML_CHECK(star != std::string::npos);
  std::string text;
  for (int i = std::stoi(body.substr(0, star)); i > 0; --i) text += body.substr(star + 1);
  return text;
}

std::string expand(const std::string& text) {
  std::string out;
  size_t at = 0;
  for (size_t open = text.find("${"); open != std::string::npos; open = text.find("${", at)) {
    out.append(text, at, open - at);
    const size_t star = text.find('*', open);
    size_t close = text.find('}', open);
    if (star + 1 == close) close = text.find('}', close + 1);  // ${65*}}: what is repeated is a brace itself.
    RCML_CHECK(close != std::string::npos);
    out += expand_macro(text.substr(open + 2, close - open - 2));
    at = close + 1;
  }
  return out + text.substr(at);
}

class CaseReader {
 public:
  std::vector<EventCase> cases;

  void read_line(const std::string& line) {
    if (line.empty() || line[0] == '#') return;
    if (!line.starts_with("  ")) return begin(line);
    const std::string body = line.substr(2);
    const std::string word = body.substr(0, body.find(' '));
    const std::string rest = word.size() < body.size() ? body.substr(word.size() + 1) : "";
    EventCase& current = cases.back();
    if (word == "set") {
      set_field(rest);
    } else if (word == "drop") {
      std::erase_if(fields_, [&](const auto& field) { return field.first == rest; });
    } else if (word == "event") {
      whole_ = expand(rest);
      is_whole_ = true;
    } else if (word == "limit") {
      set_limit(current.limits, rest);
    } else if (word == "reject") {
      current.reject_reason = rest;
    } else if (word != "row") {
      const size_t equals = body.find(" = ");
      RCML_CHECK(equals != std::string::npos);
      current.row[body.substr(0, equals)] = expand(body.substr(equals + 3));
    }
    current.event = is_whole_ ? whole_ : event_text(fields_);
  }

 private:
  void begin(const std::string& line) {
    const size_t space = line.find(' ');
    RCML_CHECK(space != std::string::npos);
    cases.push_back({});
    cases.back().id = line.substr(0, space);
    cases.back().title = line.substr(space + 1);
    fields_ = base_fields("e1");
    is_whole_ = false;
  }

  void set_field(const std::string& rest) {
    const size_t equals = rest.find(" = ");
    RCML_CHECK(equals != std::string::npos);
    const std::string key = rest.substr(0, equals);
    const std::string value = expand(rest.substr(equals + 3));
    const auto field = std::find_if(fields_.begin(), fields_.end(), [&](const auto& f) { return f.first == key; });
    if (field == fields_.end()) {
      fields_.emplace_back(key, value);
    } else {
      field->second = value;
    }
  }

  static void set_limit(DecodeLimits& limits, const std::string& rest) {
    const size_t space = rest.find(' ');
    const int64_t value = std::stoll(rest.substr(space + 1));
    const std::string name = rest.substr(0, space);
    RCML_CHECK(name == "past_micros_max" || name == "future_micros_max");
    (name == "past_micros_max" ? limits.past_micros_max : limits.future_micros_max) = value;
  }

  Fields fields_;
  std::string whole_;
  bool is_whole_ = false;
};

}  // namespace

std::string base_event(const std::string& event_id) { return event_text(base_fields(event_id)); }

std::vector<EventCase> load_event_cases(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".txt") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  CaseReader reader;
  for (const auto& path : paths) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) reader.read_line(line);
  }
  return std::move(reader.cases);
}

}  // namespace rcml::contract

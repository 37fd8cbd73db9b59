// core/log.h: lines for the one on call: a fixed sentence plus fields, on stderr.
//
//   log_info("commit done", {{"version", 42}, {"rows", 18000}});
//   -> 2026-01-01T10:00:00.123Z info commit done version=42 rows=18000
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace rcml {

struct LogField {
  std::string_view name;
  std::string value;
  LogField(std::string_view n, std::string_view v) : name(n), value(v) {}
  LogField(std::string_view n, const std::string& v) : name(n), value(v) {}
  LogField(std::string_view n, const char* v) : name(n), value(v) {}
  template <std::integral I>
  LogField(std::string_view n, I v) : name(n), value(std::to_string(v)) {}
  LogField(std::string_view n, double v);
};
using LogFields = std::initializer_list<LogField>;

// level: debug, info, warn, error, off.
void set_log_level(std::string_view level);
void log_debug(std::string_view sentence, LogFields fields = {});
void log_info(std::string_view sentence, LogFields fields = {});
void log_warn(std::string_view sentence, LogFields fields = {});
// A person should act.
void log_error(std::string_view sentence, LogFields fields = {});

}  // namespace rcml

#include "core/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdio>

#include "core/settings.h"

namespace rcml {
namespace {

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("rcml", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    made->set_level(spdlog::level::info);
    made->flush_on(spdlog::level::info);
    return made;
  }();
  return *instance;
}

// A value with spaces, quotes or control characters is quoted, so that one event stays one line and one field.
std::string quoted(const std::string& value) {
  if (!value.empty() && value.find_first_of(" \"=\n\r\t") == std::string::npos) return value;
  std::string out = "\"";
  for (char c : value) {
    if (c == '\n') out += "\\n";
    else if (c == '\r') out += "\\r";
    else if (c == '"') out += "\\\"";
    else out += c;
  }
  return out + "\"";
}

void write(spdlog::level::level_enum level, std::string_view sentence, LogFields fields) {
  if (!logger().should_log(level)) return;
  std::string line(sentence);
  for (const LogField& field : fields) line.append(" ").append(field.name).append("=").append(quoted(field.value));
  logger().log(level, "{}", masked(line));
}

}  // namespace

LogField::LogField(std::string_view n, double v) : name(n) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", v);
  value = text;
}

void set_log_level(std::string_view level) { logger().set_level(spdlog::level::from_str(std::string(level))); }
void log_debug(std::string_view sentence, LogFields fields) { write(spdlog::level::debug, sentence, fields); }
void log_info(std::string_view sentence, LogFields fields) { write(spdlog::level::info, sentence, fields); }
void log_warn(std::string_view sentence, LogFields fields) { write(spdlog::level::warn, sentence, fields); }
void log_error(std::string_view sentence, LogFields fields) { write(spdlog::level::err, sentence, fields); }

}  // namespace rcml

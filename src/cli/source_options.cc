#include "cli/source_options.h"

#include <algorithm>
#include <cctype>

extern char** environ;

namespace rcml::cli {
namespace {

constexpr std::string_view kKafkaPrefix = "RCML_KAFKA_";

// RCML_KAFKA_SECURITY_PROTOCOL=SSL -> security.protocol=SSL. What is a setting of ours is left out.
std::map<std::string, std::string> kafka_properties_of_environment() {
  std::map<std::string, std::string> properties;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view line(*entry);
    const size_t equals = line.find('=');
    if (!line.starts_with(kKafkaPrefix) || equals == std::string_view::npos) continue;
    const std::string_view name = line.substr(0, equals);
    const auto table = setting_table();
    if (std::any_of(table.begin(), table.end(), [&](const SettingSpec& spec) { return env_of(spec) == name; }))
      continue;
    std::string property(name.substr(kKafkaPrefix.size()));
    for (char& c : property) c = c == '_' ? '.' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    properties[property] = line.substr(equals + 1);
  }
  return properties;
}

std::optional<broker::AbsenceCause> absence_cause(const std::string& absent_offsets) {
  if (absent_offsets == "expected") return broker::AbsenceCause::expected;
  if (absent_offsets == "suspect") return broker::AbsenceCause::none;
  return std::nullopt;
}

}  // namespace

Status require(const Settings& settings, std::initializer_list<std::string_view> names) {
  std::string missing;
  for (const SettingSpec& spec : setting_table()) {
    if (std::find(names.begin(), names.end(), spec.name) == names.end() || settings.has(spec.name)) continue;
    missing += (missing.empty() ? "" : "\n") + flag_of(spec) + " is missing: " + std::string(spec.help);
  }
  if (missing.empty()) return {};
  return bad_config(missing, "Give the flag, or set its name in the environment or .env: rcml config show");
}

Result<std::map<std::string, std::string>> kafka_properties(const Settings& settings) {
  std::map<std::string, std::string> properties = kafka_properties_of_environment();
  for (const std::string& text : settings.list("kafka_property")) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return bad_config("\"" + text + "\" is no NAME=VALUE", "Write it as --kafka-property security.protocol=SSL");
    }
    properties[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return properties;
}

Result<std::string> spool_folder_of(const Settings& settings) {
  RCML_TRY(const std::string url, settings.required("source.from"));
  const auto folder = broker::spool_folder(url);
  if (!folder) return bad_config("'" + url + "' names no spool", "Write it as --from spool:DIR");
  return *folder;
}

Result<broker::SourceOptions> source_options(const Settings& settings) {
  broker::SourceOptions options;
  options.url = settings.text("source.from");
  options.group = settings.text("sink.group");
  options.name = settings.text("source_name");
  RCML_TRY(options.kafka_properties, kafka_properties(settings));
  options.absence_cause = absence_cause(settings.text("source.absent_offsets"));
  return options;
}

}  // namespace rcml::cli

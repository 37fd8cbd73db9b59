// rcml config show|example|reference: the settings as this run sees them, and the two files made from their table.
#include <cstdio>

#include "cli/all_commands.h"

namespace rcml::cli {
namespace {

// List entries are joined as the environment would give them.
std::string shown_value(const Settings& settings, const SettingSpec& spec) {
  if (!settings.has(spec.name)) return "-";
  if (spec.is_secret) return "***";
  std::string out;
  for (const std::string& text : settings.list(spec.name)) out += (out.empty() ? "" : ",") + text;
  return masked(out);
}

Result<int> show(const Settings& settings) {
  for (const SettingSpec& spec : setting_table()) {
    std::printf("%-28s %-40s %s\n", std::string(spec.name).c_str(), shown_value(settings, spec).c_str(),
                settings.origin(spec.name).c_str());
  }
  return 0;
}

Result<int> example(const Settings&) {
  std::fputs(env_example().c_str(), stdout);
  return 0;
}

Result<int> reference(const Settings&) {
  std::fputs(settings_reference().c_str(), stdout);
  return 0;
}

}  // namespace

Command config_show_command() {
  return {{"config show", "Print every setting with its value and where it came from; secrets are masked", "",
           "rcml config show\nrcml config show | grep -v default", ""},
          show};
}

Command config_example_command() {
  return {{"config example", "Print .env.example: every environment name with its default", "",
           "rcml config example > .env", ""},
          example};
}

Command config_reference_command() {
  return {{"config reference", "Print docs/reference/settings.md: the page of all settings", "",
           "rcml config reference > docs/reference/settings.md", ""},
          reference};
}

}  // namespace rcml::cli

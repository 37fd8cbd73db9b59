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

// Where nobody set it, with the name that would.
std::string shown_origin(const Settings& settings, const SettingSpec& spec) {
  const std::string origin = settings.origin(spec.name);
  return origin == "default" || origin == "not set" ? origin + ": " + env_of(spec) : origin;
}

Result<int> show(const Settings& settings) {
  for (const SettingSpec& spec : setting_table()) {
    std::printf("%-28s %-40s %s\n", std::string(spec.name).c_str(), shown_value(settings, spec).c_str(),
                shown_origin(settings, spec).c_str());
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
  return {
      {"config show", "Print every setting, its value, and where that came from or what sets it; secrets are masked",
       "", "rcml config show\nrcml config show | grep -vE ' (default|not set): '    # only what you set", ""},
      show};
}

Command config_example_command() {
  return {
      {"config example", "Print .env.example: every environment name with its default", "",
       "rcml config example | less\n"
       "[ -e .env ] || (umask 077; rcml config example >.env)    # a bare >.env would wipe the settings that are there",
       ""},
      example};
}

Command config_reference_command() {
  return {{"config reference", "Print docs/reference/settings.md: the page of all settings", "",
           "rcml config reference > docs/reference/settings.md", ""},
          reference};
}

}  // namespace rcml::cli

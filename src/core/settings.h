// core/settings.h: one table of settings gives the parser, --help, the environment's names, .env.example and
// docs/reference/settings.md (settings_table.cc is the table).
//
// A name is section.rest or rest alone ("lake"); the flag is the rest.
//   sink.flush_age_ms_max = flag --flush-age-ms-max = RCML_SINK_FLUSH_AGE_MS_MAX
// The seed's names (AWS_REGION, ...) are aliases, or derive a setting (S3_BUCKET: env_defaults.h). Precedence:
// flag > environment > .env > derived from the seed's names > default. All faults are reported at once.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "core/result.h"

namespace rcml {

enum class SettingType : uint8_t {
  text,
  flag,      // --drain; true/false/1/0/yes/no in the environment
  count,     // whole number; 1_000, 5k, 2M accepted
  bytes,     // 64MiB, 512MB, 1000
  millis,    // 500ms, 2s, 5m, 1h, 30d; a bare number is milliseconds
  rate,      // 0.5% or 0.005
  list,      // may be given several times; comma-separated in the environment
};

struct SettingSpec {
  std::string_view name;           // section.words_with_units_last
  SettingType type;
  std::string_view default_text;   // As a person would type it; empty: none.
  std::string_view commands;       // Comma-separated subcommands that take it; "*" for all.
  std::string_view value_name;     // In help: URL, DIR, N, ...
  std::string_view help;           // One sentence, no full stop.
  std::string_view env_alias = {}; // The seed's name, when it has one.
  std::string_view choices = {};   // "clean|realistic|hostile"; empty: any.
  int64_t min = INT64_MIN;         // For count, bytes, millis.
  int64_t max = INT64_MAX;
  bool is_secret = false;          // Masked wherever it is shown.
};

// The table, in the order help and reference show it.
std::span<const SettingSpec> setting_table();

struct CommandSpec {
  std::string_view name;         // "stream", "rejects list"
  std::string_view summary;      // One line.
  std::string_view positionals;  // "FILE" or empty.
  std::string_view examples;     // Lines, first thing in help.
  std::string_view after;        // What people usually run next; may be empty.
};

class Settings {
 public:
  std::string text(std::string_view name) const;     // "" when not set.
  bool has(std::string_view name) const;             // Set by anyone or by default, and not empty.
  // Its text, or a bad_config that names the flag and the environment name to give it by.
  Result<std::string> required(std::string_view name) const;
  bool is_on(std::string_view name) const;
  int64_t count(std::string_view name) const;        // count and bytes.
  Millis millis(std::string_view name) const;
  double rate(std::string_view name) const;          // 0..1
  std::vector<std::string> list(std::string_view name) const;
  // Where the value came from: "flag --x", "environment RCML_X", ".env S3_BUCKET", "default", "not set".
  std::string origin(std::string_view name) const;
  const std::vector<std::string>& positionals() const { return positionals_; }

  // For tests and for commands that run others.
  void set(std::string_view name, std::string value);

 private:
  friend struct SettingsParser;
  struct Value {
    std::vector<std::string> texts;
    std::string origin;
  };
  std::map<std::string, Value, std::less<>> values_;
  std::vector<std::string> positionals_;
};

struct SettingsInput {
  std::string command;                            // Which rows of the table apply.
  std::vector<std::string> arguments;             // After the subcommand.
  std::map<std::string, std::string> environment;
  std::map<std::string, std::string> env_file;    // Parsed .env
  bool takes_positionals = false;
};

// bad_config with one line per fault: unknown flag (names the nearest), bad value (names where it came from), ...
Result<Settings> parse_settings(const SettingsInput& input);

// KEY=VALUE lines; quotes, `export`, comments and blank lines as dotenv has them. bad_config names the line.
Result<std::map<std::string, std::string>> parse_env_file(std::string_view text);

// Pure: "1.5GiB" -> bytes etc. nullopt when the text is not of that form or overflows.
std::optional<int64_t> parse_count(std::string_view text);
std::optional<int64_t> parse_bytes(std::string_view text);
std::optional<int64_t> parse_millis(std::string_view text);
std::optional<double> parse_rate(std::string_view text);

bool applies_to(const SettingSpec& spec, std::string_view command);
std::string flag_of(const SettingSpec& spec);      // --flush-age-ms-max
std::string env_of(const SettingSpec& spec);       // RCML_SINK_FLUSH_AGE_MS_MAX
std::string help_text(const CommandSpec& command);
std::string env_example();                         // .env.example
std::string settings_reference();                  // docs/reference/settings.md

// The one of `candidates` that `word` was probably meant to be; empty when none is near.
std::string nearest(std::string_view word, std::span<const std::string> candidates);

// Replaces passwords in URLs and the values of secret settings found in `text` with "***" (secrets.h).
std::string masked(std::string_view text);

}  // namespace rcml

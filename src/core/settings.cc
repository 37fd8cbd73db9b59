// Settings: the values, and the parser that fills them from flags, the environment and the .env file.
#include "core/settings.h"

#include <algorithm>

#include "core/env_defaults.h"
#include "core/secrets.h"

namespace rcml {
namespace {

// Sections are words of the command line too: "rejects" names all of "rejects list", "rejects show", ...
bool names_command(std::string_view entry, std::string_view command) {
  return entry == "*" || entry == command || (command.starts_with(entry) && command[entry.size()] == ' ');
}

const SettingSpec* find_spec(std::string_view name) {
  for (const SettingSpec& spec : setting_table()) {
    if (spec.name == name) return &spec;
  }
  return nullptr;
}

std::optional<bool> parse_flag(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  if (text == "true" || text == "1" || text == "yes" || text == "on") return true;
  if (text == "false" || text == "0" || text == "no" || text == "off") return false;
  return std::nullopt;
}

std::optional<int64_t> parse_whole(SettingType type, std::string_view text) {
  switch (type) {
    case SettingType::count: return parse_count(text);
    case SettingType::bytes: return parse_bytes(text);
    case SettingType::millis: return parse_millis(text);
    default: return std::nullopt;
  }
}

std::string_view form_of(SettingType type) {
  switch (type) {
    case SettingType::flag: return "true or false";
    case SettingType::count: return "a whole number such as 1000, 5k or 2M";
    case SettingType::bytes: return "a size such as 64MiB or 512MB";
    case SettingType::millis: return "a time such as 500ms, 10s, 5m, 1h or 30d";
    case SettingType::rate: return "a rate such as 0.5% or 0.005";
    default: return "text";
  }
}

bool is_choice(std::string_view choices, std::string_view text) {
  while (!choices.empty()) {
    const size_t bar = choices.find('|');
    if (choices.substr(0, bar) == text) return true;
    choices = bar == std::string_view::npos ? std::string_view{} : choices.substr(bar + 1);
  }
  return false;
}

// What is wrong with `text` for `spec`; empty when nothing is.
std::string fault_in(const SettingSpec& spec, const std::string& text) {
  if (!spec.choices.empty() && !is_choice(spec.choices, text)) return "must be one of " + std::string(spec.choices);
  const std::string form = "must be " + std::string(form_of(spec.type));
  switch (spec.type) {
    case SettingType::text:
    case SettingType::list: return {};
    case SettingType::flag: return parse_flag(text) ? "" : form;
    case SettingType::rate: return parse_rate(text) ? "" : form;
    default: break;
  }
  const auto value = parse_whole(spec.type, text);
  if (!value) return form;
  const std::string_view unit = spec.type == SettingType::bytes    ? " bytes"
                                : spec.type == SettingType::millis ? " ms"
                                                                   : "";
  if (*value < spec.min) return "must be at least " + std::to_string(spec.min) + std::string(unit);
  if (*value > spec.max) return "must be at most " + std::to_string(spec.max) + std::string(unit);
  return {};
}

std::vector<std::string> comma_separated(std::string_view text) {
  std::vector<std::string> out;
  while (true) {
    const size_t comma = text.find(',');
    if (comma != 0 && !text.empty()) out.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return out;
    text.remove_prefix(comma + 1);
  }
}

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({substituted, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

std::string join_lines(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += (out.empty() ? "" : "\n") + line;
  return out;
}

}  // namespace

// Works through flags first, then fills what they left open from the environment, the .env file, the seed's names and
// the defaults. Collects faults instead of stopping at the first.
struct SettingsParser {
  const SettingsInput& input;
  Settings settings;
  std::vector<std::string> faults;

  Result<Settings> parse() {
    remember_secrets(input.environment);
    remember_secrets(input.env_file);
    read_arguments();
    for (const SettingSpec& spec : setting_table()) {
      if (applies_to(spec, input.command)) fill_from_surroundings(spec);
    }
    fill_derived();
    fill_defaults();
    check_values();
    if (faults.empty()) return std::move(settings);
    return bad_config(masked(join_lines(faults)), "See: rcml " + input.command + " --help");
  }

  void read_arguments() {
    for (size_t i = 0; i < input.arguments.size(); ++i) {
      const std::string& word = input.arguments[i];
      if (word == "--") {
        for (++i; i < input.arguments.size(); ++i) take_positional(input.arguments[i]);
      } else if (word.size() > 2 && word.starts_with("--")) {
        i += take_flag(word, i + 1 < input.arguments.size() ? &input.arguments[i + 1] : nullptr);
      } else if (word.size() > 1 && word[0] == '-') {
        faults.push_back("unknown flag " + word + " (flags begin with --)");
      } else {
        take_positional(word);
      }
    }
  }

  void take_positional(const std::string& word) {
    if (input.takes_positionals) settings.positionals_.push_back(word);
    else faults.push_back("unexpected argument '" + word + "'");
  }

  // Returns how many of the following words were used up: 0 or 1.
  size_t take_flag(const std::string& word, const std::string* next) {
    const size_t equals = word.find('=');
    const std::string flag = word.substr(0, equals);
    const SettingSpec* spec = spec_of_flag(flag);
    if (spec == nullptr && flag.starts_with("--no-") && equals == std::string::npos) return take_negated(flag, next);
    if (spec == nullptr) return unknown_flag(flag, equals == std::string::npos ? next : nullptr);
    if (equals != std::string::npos) {
      put(*spec, word.substr(equals + 1), "flag " + flag);
      return 0;
    }
    if (spec->type == SettingType::flag) {
      put(*spec, "true", "flag " + flag);
      return 0;
    }
    if (next == nullptr || next->starts_with("--")) {
      faults.push_back(flag + " needs a value: " + flag + " " + std::string(spec->value_name));
      return 0;
    }
    put(*spec, *next, "flag " + flag);
    return 1;
  }

  size_t take_negated(const std::string& flag, const std::string* next) {
    const SettingSpec* spec = spec_of_flag("--" + flag.substr(5));
    if (spec == nullptr || spec->type != SettingType::flag) return unknown_flag(flag, next);
    put(*spec, "false", "flag " + flag);
    return 0;
  }

  // Its value, if one follows, is not reported a second time as a stray argument.
  size_t unknown_flag(const std::string& flag, const std::string* next) {
    std::vector<std::string> known;
    bool is_elsewhere = false;
    for (const SettingSpec& spec : setting_table()) {
      if (applies_to(spec, input.command)) known.push_back(flag_of(spec));
      else is_elsewhere = is_elsewhere || flag_of(spec) == flag;
    }
    const std::string near = nearest(flag, known);
    faults.push_back("unknown flag " + flag + (near.empty() ? "" : " (did you mean " + near + "?)") +
                     (near.empty() && is_elsewhere ? " (another subcommand has it)" : ""));
    return next != nullptr && !next->starts_with("-") && !input.takes_positionals ? 1 : 0;
  }

  const SettingSpec* spec_of_flag(const std::string& flag) const {
    for (const SettingSpec& spec : setting_table()) {
      if (applies_to(spec, input.command) && flag_of(spec) == flag) return &spec;
    }
    return nullptr;
  }

  // The last of several equal flags wins, so that a wrapper script can be overridden; lists gather.
  void put(const SettingSpec& spec, std::string text, std::string origin) {
    Settings::Value& value = settings.values_[std::string(spec.name)];
    if (spec.type != SettingType::list) value.texts.clear();
    value.texts.push_back(std::move(text));
    value.origin = std::move(origin);
  }

  void fill_from_surroundings(const SettingSpec& spec) {
    if (settings.values_.contains(spec.name)) return;
    std::vector<std::string> names{env_of(spec)};
    if (!spec.env_alias.empty()) names.emplace_back(spec.env_alias);
    for (const auto& [source, origin] : {std::pair{&input.environment, "environment "}, {&input.env_file, ".env "}}) {
      for (const std::string& name : names) {
        const auto it = source->find(name);
        if (it == source->end() || it->second.empty()) continue;
        auto texts = spec.type == SettingType::list ? comma_separated(it->second) : std::vector{it->second};
        settings.values_[std::string(spec.name)] = {std::move(texts), origin + name};
        return;
      }
    }
  }

  void fill_derived() {
    for (DerivedSetting& derived : derived_settings(input.environment, input.env_file)) {
      const SettingSpec* spec = find_spec(derived.name);
      if (spec == nullptr || !applies_to(*spec, input.command) || settings.values_.contains(derived.name)) continue;
      settings.values_[std::string(derived.name)] = {{std::move(derived.value)}, std::move(derived.origin)};
    }
  }

  void fill_defaults() {
    for (const SettingSpec& spec : setting_table()) {
      if (spec.default_text.empty() || !applies_to(spec, input.command) || settings.values_.contains(spec.name))
        continue;
      std::vector<std::string> texts = {std::string(spec.default_text)};
      if (spec.type == SettingType::list) texts = comma_separated(spec.default_text);
      settings.values_[std::string(spec.name)] = {std::move(texts), "default"};
    }
  }

  void check_values() {
    for (const auto& [name, value] : settings.values_) {
      const SettingSpec* spec = find_spec(name);
      for (const std::string& text : value.texts) {
        if (spec->is_secret) remember_secret(text);
        const std::string fault = fault_in(*spec, text);
        if (fault.empty()) continue;
        const std::string shown = spec->is_secret ? "" : " '" + text + "'";
        faults.push_back(flag_of(*spec) + shown + " (from " + value.origin + ") " + fault);
      }
    }
  }
};

Result<Settings> parse_settings(const SettingsInput& input) {
  SettingsParser parser{input, {}, {}};
  return parser.parse();
}

std::string Settings::text(std::string_view name) const {
  RCML_CHECK(find_spec(name) != nullptr);
  const auto it = values_.find(name);
  return it == values_.end() || it->second.texts.empty() ? std::string() : it->second.texts.back();
}

bool Settings::has(std::string_view name) const { return !text(name).empty(); }

Result<std::string> Settings::required(std::string_view name) const {
  if (has(name)) return text(name);
  const SettingSpec& spec = *find_spec(name);
  const std::string flag = flag_of(spec) + " " + std::string(spec.value_name);
  return bad_config(flag_of(spec) + " is not set",
                    "Give " + flag + " or set " + env_of(spec) + " (" + std::string(spec.help) + ")");
}

bool Settings::is_on(std::string_view name) const { return has(name) && parse_flag(text(name)).value_or(false); }

int64_t Settings::count(std::string_view name) const {
  return has(name) ? parse_whole(find_spec(name)->type, text(name)).value_or(0) : 0;
}

Millis Settings::millis(std::string_view name) const { return Millis(count(name)); }

double Settings::rate(std::string_view name) const { return has(name) ? parse_rate(text(name)).value_or(0) : 0; }

std::vector<std::string> Settings::list(std::string_view name) const {
  const auto it = values_.find(name);
  return it == values_.end() ? std::vector<std::string>{} : it->second.texts;
}

std::string Settings::origin(std::string_view name) const {
  const auto it = values_.find(name);
  return it == values_.end() ? "not set" : it->second.origin;
}

void Settings::set(std::string_view name, std::string value) {
  RCML_CHECK(find_spec(name) != nullptr);
  values_[std::string(name)] = {{std::move(value)}, "set"};
}

bool applies_to(const SettingSpec& spec, std::string_view command) {
  // `config` shows all settings; whoever asks for no command in particular means all of them too.
  if (command.empty() || command == "config" || command.starts_with("config ")) return true;
  for (const std::string& entry : comma_separated(spec.commands)) {
    if (names_command(entry, command)) return true;
  }
  return false;
}

std::string flag_of(const SettingSpec& spec) {
  const size_t dot = spec.name.find('.');
  std::string flag = "--" + std::string(dot == std::string_view::npos ? spec.name : spec.name.substr(dot + 1));
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

std::string env_of(const SettingSpec& spec) {
  std::string env = "RCML_" + std::string(spec.name);
  std::transform(env.begin(), env.end(), env.begin(), [](unsigned char c) { return c == '.' ? '_' : std::toupper(c); });
  return env;
}

std::string nearest(std::string_view word, std::span<const std::string> candidates) {
  std::string best;
  size_t best_distance = std::max<size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    // A word that was broken off is as near as a typing slip.
    const bool is_prefix = word.size() >= 4 && candidate.starts_with(word);
    const size_t distance = is_prefix ? 1 : edit_distance(word, candidate);
    if (distance >= best_distance) continue;
    best = candidate;
    best_distance = distance;
  }
  return best;
}

}  // namespace rcml

// From the words of the command line to an exit code: find the subcommand, gather its settings, run it, say what failed.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "cli/command.h"
#include "core/env_defaults.h"
#include "core/log.h"
#include "core/stop.h"

extern char** environ;

namespace rcml::cli {
namespace {

constexpr int kUsageExit = 2;

using Words = std::vector<std::string>;

EnvMap process_environment() {
  EnvMap out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const size_t equals = text.find('=');
    if (equals != std::string_view::npos) out.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

std::string overview() {
  std::string out =
      "rcml: website clicks in, business-ready numbers out, every click counted exactly once\n"
      "\nUsage\n  rcml COMMAND [settings]\n  rcml COMMAND --help\n\nCommands\n";
  for (const Command& command : commands()) {
    std::string name(command.spec.name);
    name.resize(std::max<size_t>(name.size() + 2, 20), ' ');
    out += "  " + name + std::string(command.spec.summary) + "\n";
  }
  return out + "\nSettings come from flags, the environment and .env: rcml config show\n";
}

// The longest name that the words begin with: "rejects list" before "rejects".
const Command* find_command(const Words& words, size_t& used) {
  for (used = std::min<size_t>(2, words.size()); used > 0; --used) {
    const std::string name = used == 2 ? words[0] + " " + words[1] : words[0];
    for (const Command& command : commands()) {
      if (command.spec.name == name) return &command;
    }
  }
  return nullptr;
}

// "rcml lake" alone, when there are only "lake compact", "lake log", ...
std::string overview_of_group(const std::string& word) {
  std::string out;
  for (const Command& command : commands()) {
    if (!command.spec.name.starts_with(word + " ")) continue;
    out += "  rcml " + std::string(command.spec.name) + ": " + std::string(command.spec.summary) + "\n";
  }
  return out;
}

int unknown_command(const Words& words) {
  if (const std::string group = overview_of_group(words[0]); !group.empty()) {
    if (words.size() > 1 && (words[1] == "--help" || words[1] == "-h")) {
      std::printf("rcml %s\n\n%s", words[0].c_str(), group.c_str());
      return 0;
    }
    std::fprintf(stderr, "rcml: '%s' needs one more word:\n%s", words[0].c_str(), group.c_str());
    return kUsageExit;
  }
  std::vector<std::string> known;
  for (const Command& command : commands()) {
    known.emplace_back(command.spec.name);
    known.emplace_back(command.spec.name.substr(0, command.spec.name.find(' ')));
  }
  const std::string near = nearest(words[0], known);
  std::fprintf(stderr, "rcml: unknown command '%s'.%s See: rcml --help\n", words[0].c_str(),
               near.empty() ? "" : (" Did you mean: rcml " + near + "?").c_str());
  return kUsageExit;
}

bool asks_for_help(const Words& words) {
  for (const std::string& word : words) {
    if (word == "--") return false;
    if (word == "--help" || word == "-h") return true;
  }
  return false;
}

// The .env file must be known before the settings are parsed; only its name is looked for here.
std::optional<std::string> env_file_named(const Words& arguments, const EnvMap& environment) {
  for (size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
    if (arguments[i].starts_with("--env-file=")) return arguments[i].substr(11);
    if (arguments[i] == "--env-file" && i + 1 < arguments.size()) return arguments[i + 1];
  }
  const auto it = environment.find("RCML_ENV_FILE");
  return it == environment.end() || it->second.empty() ? std::nullopt : std::optional(it->second);
}

// A missing .env is normal, a missing file that was asked for by name is not.
Result<EnvMap> read_env_file(const std::optional<std::string>& named) {
  const std::string path = named.value_or(".env");
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    const bool is_absent = access(path.c_str(), F_OK) != 0;
    if (!named && is_absent) return EnvMap{};
    return bad_config("cannot read the settings file " + path,
                      is_absent ? "Check its name" : "Check its owner and mode");
  }
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto parsed = parse_env_file(text);
  if (!parsed) return bad_config(path + ": " + parsed.error().message, parsed.error().cure);
  return parsed;
}

Result<Settings> gather_settings(const Command& command, const Words& arguments) {
  SettingsInput input;
  input.command = std::string(command.spec.name);
  input.arguments = arguments;
  input.environment = process_environment();
  input.takes_positionals = !command.spec.positionals.empty();
  RCML_TRY(input.env_file, read_env_file(env_file_named(arguments, input.environment)));
  for (const auto& [name, value] : names_to_export(input.environment, input.env_file)) {
    setenv(name.c_str(), value.c_str(), 0);
  }
  return parse_settings(input);
}

Result<int> run_command(const Command& command, const Words& arguments) {
  RCML_TRY(const Settings settings, gather_settings(command, arguments));
  set_log_level(settings.text("log_level"));
  RCML_TRY(const int code, command.run(settings));
  // Output that could not be written (a full disk behind `> file`) must not look like success.
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) return os_error("write", "standard output");
  return code;
}

int report(const Command& command, const Error& error) {
  const std::string text = masked(error.text());
  std::fprintf(stderr, "rcml %s: %s\n", std::string(command.spec.name).c_str(), text.c_str());
  return exit_code(error.kind);
}

}  // namespace

int run_main(const std::vector<std::string>& arguments) {
  Words words = arguments;
  if (!words.empty() && words[0] == "help") {
    words.erase(words.begin());
    if (!words.empty()) words.emplace_back("--help");
  }
  if (words.empty() || words[0] == "--help" || words[0] == "-h") {
    std::fputs(overview().c_str(), stdout);
    return 0;
  }
  if (words[0] == "--version") words[0] = "version";
  size_t used = 0;
  const Command* command = find_command(words, used);
  if (command == nullptr) return unknown_command(words);
  const Words rest(words.begin() + static_cast<std::ptrdiff_t>(used), words.end());
  if (asks_for_help(rest)) {
    std::fputs(help_text(command->spec).c_str(), stdout);
    return 0;
  }
  install_stop_signals();
  const Result<int> result = run_command(*command, rest);
  return result.ok() ? *result : report(*command, result.error());
}

}  // namespace rcml::cli

// cli/command.h: what a subcommand is: its help and the function that parses, wires and maps errors to exit codes.
#pragma once

#include <span>

#include "core/settings.h"

namespace rcml::cli {

struct Command {
  CommandSpec spec;
  // Runs it. An Error is printed on stderr as "rcml NAME: MESSAGE. CURE" and becomes the exit code of its kind.
  Result<int> (*run)(const Settings& settings);
};

// All subcommands, in the order help lists them (commands.cc).
std::span<const Command> commands();

// argv without the program's name; returns the exit code.
int run_main(const std::vector<std::string>& arguments);

}  // namespace rcml::cli

#include <cstdio>

#include "cli/all_commands.h"

namespace rcml::cli {
namespace {

Result<int> run(const Settings&) {
  std::puts("rcml " RCML_VERSION);
  return 0;
}

}  // namespace

Command version_command() { return {{"version", "Print the version", "", "rcml version", ""}, run}; }

}  // namespace rcml::cli

// warehouse/transform/child_process.h: runs another program and hands out its output line by line.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/result.h"

namespace rcml::warehouse {

struct ChildCommand {
  std::vector<std::string> arguments;               // The program first; looked up on PATH when it has no slash.
  std::map<std::string, std::string> environment;   // Added to ours.
};

// Stdout and stderr come together. A requested stop is passed on as SIGINT, then, after half a minute, SIGKILL; the
// result is `cancelled` then. Otherwise the exit code; 128 + signal when a signal ended it.
Result<int> run_child(const ChildCommand& command, const std::function<void(const std::string& line)>& on_line);

}  // namespace rcml::warehouse

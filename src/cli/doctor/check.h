// cli/doctor/check.h: a check that cannot hang, and what it found.
//
// Checks stand in groups. The checks of a group run in order and the first failure ends it: what needs a connection is
// not tried without one. Groups run beside each other, so the doctor takes as long as its slowest group and tells the
// faults of all of them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/ids.h"
#include "core/result.h"

namespace rcml::cli {

enum class FindingLevel : uint8_t { ok, warn, fail, skip };

struct Finding {
  std::string name;  // "lake write"
  FindingLevel level = FindingLevel::ok;
  std::string text;
  std::string cure;  // Of a warn or a fail.
  ErrorKind kind = ErrorKind::unavailable;  // Of a fail: decides the exit code.
  int64_t took_ms = 0;
};

// What a check says: fine, fine but for something, or an Error.
struct Verdict {
  std::string text;
  std::string cure;  // Not empty: a warning.
};

struct Check {
  std::string name;
  std::function<Result<Verdict>()> run;
  std::string cure_when_slow = "Look whether something between here and there swallows the traffic, or raise --wait";
};
using CheckGroup = std::vector<Check>;

struct Findings {
  std::vector<Finding> list;  // In the order of the groups.
  bool has_abandoned = false;  // A thread is still inside a check: the process must not tear down what it uses.
};

// A check without an answer after `wait_max` has failed, and its group is left behind.
Findings run_checks(std::vector<CheckGroup> groups, Millis wait_max);

// 0 when nothing failed; 2 when a person's input is wrong, 4 when data is, else 3.
int exit_code_of(const std::vector<Finding>& findings);

// One line a check: level, name, text, cure. Secrets are masked.
std::string findings_text(const std::vector<Finding>& findings);
std::string findings_json(const std::vector<Finding>& findings);

// How far the store's clock is from ours, when it stamped a file between `before` and `after` of ours; 0 inside.
Millis clock_skew(Millis before, Millis after, Millis stamped);

}  // namespace rcml::cli

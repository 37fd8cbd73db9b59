#include "cli/doctor/check.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "core/clock.h"
#include "core/settings.h"

namespace rcml::cli {
namespace {

constexpr int64_t kStampGranularityMs = 1000;  // S3 tells whole seconds.
constexpr int kConfigExit = 2;
constexpr int kUnavailableExit = 3;
constexpr int kPersonExit = 4;

int64_t now_ms() { return monotonic_now().value / 1000; }

// Shared with a thread that may outlive the wait for it; so it owns all it uses.
struct GroupRun {
  std::mutex mutex;
  std::condition_variable changed;
  CheckGroup checks;
  std::vector<Finding> found;
  int64_t began_ms = 0;  // Of the check that runs now.
  bool is_done = false;
};

Finding finding_of(const Check& check, const Result<Verdict>& result) {
  Finding finding;
  finding.name = check.name;
  if (!result.ok()) {
    finding.level = FindingLevel::fail;
    finding.text = result.error().message;
    finding.cure = result.error().cure;
    finding.kind = result.error().kind;
    return finding;
  }
  finding.level = result->cure.empty() ? FindingLevel::ok : FindingLevel::warn;
  finding.text = result->text;
  finding.cure = result->cure;
  return finding;
}

void run_group(GroupRun& run) {
  for (const Check& check : run.checks) {
    {
      const std::lock_guard lock(run.mutex);
      run.began_ms = now_ms();
    }
    Finding finding = finding_of(check, check.run());
    const std::lock_guard lock(run.mutex);
    finding.took_ms = now_ms() - run.began_ms;
    const bool is_over = finding.level == FindingLevel::fail;
    run.found.push_back(std::move(finding));
    run.changed.notify_all();
    if (is_over) break;
  }
  const std::lock_guard lock(run.mutex);
  run.is_done = true;
  run.changed.notify_all();
}

// True when the group ended; false when a check of it took longer than it may.
bool wait_for_group(GroupRun& run, Millis wait_max) {
  std::unique_lock lock(run.mutex);
  while (!run.is_done) {
    const int64_t left_ms = run.began_ms + wait_max.value - now_ms();
    if (left_ms <= 0) return false;
    run.changed.wait_for(lock, std::chrono::milliseconds(left_ms));
  }
  return true;
}

void add_timeout(const Check& check, Millis wait_max, std::vector<Finding>& list) {
  Finding finding;
  finding.name = check.name;
  finding.level = FindingLevel::fail;
  finding.text = "no answer within " + std::to_string(wait_max.value / 1000) + " s";
  finding.cure = check.cure_when_slow;
  finding.took_ms = wait_max.value;
  list.push_back(std::move(finding));
}

// What was found, what took too long, and what was not tried for it.
void collect(GroupRun& run, bool has_ended, Millis wait_max, std::vector<Finding>& list) {
  const std::lock_guard lock(run.mutex);
  size_t count = run.found.size();
  list.insert(list.end(), run.found.begin(), run.found.end());
  if (!has_ended && count < run.checks.size()) add_timeout(run.checks[count++], wait_max, list);
  for (; count < run.checks.size(); ++count) {
    list.push_back({run.checks[count].name, FindingLevel::skip, "not tried, because of the failure before it", {}});
  }
}

const char* name_of(FindingLevel level) {
  switch (level) {
    case FindingLevel::ok: return "ok";
    case FindingLevel::warn: return "warn";
    case FindingLevel::fail: return "fail";
    case FindingLevel::skip: return "skip";
  }
  return "";
}

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::string padded(std::string text, size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

}  // namespace

Findings run_checks(std::vector<CheckGroup> groups, Millis wait_max) {
  std::vector<std::shared_ptr<GroupRun>> runs;
  std::vector<std::thread> threads;
  for (CheckGroup& group : groups) {
    auto run = std::make_shared<GroupRun>();
    run->checks = std::move(group);
    run->began_ms = now_ms();
    threads.emplace_back([run] { run_group(*run); });
    runs.push_back(std::move(run));
  }
  Findings findings;
  for (size_t i = 0; i < runs.size(); ++i) {
    const bool has_ended = wait_for_group(*runs[i], wait_max);
    if (has_ended) threads[i].join();
    else threads[i].detach();
    findings.has_abandoned = findings.has_abandoned || !has_ended;
    collect(*runs[i], has_ended, wait_max, findings.list);
  }
  return findings;
}

int exit_code_of(const std::vector<Finding>& findings) {
  int code = 0;
  for (const Finding& finding : findings) {
    if (finding.level != FindingLevel::fail) continue;
    const int own = exit_code(finding.kind);
    if (own == kConfigExit) return kConfigExit;
    code = std::max(code, own == kPersonExit ? kPersonExit : kUnavailableExit);
  }
  return code;
}

std::string findings_text(const std::vector<Finding>& findings) {
  size_t width = 0;
  for (const Finding& finding : findings) width = std::max(width, finding.name.size());
  std::string out;
  for (const Finding& finding : findings) {
    std::string line = padded(name_of(finding.level), 4) + "  " + padded(finding.name, width) + "  " + finding.text;
    if (!finding.cure.empty()) line += ". Cure: " + finding.cure;
    out += masked(one_line(line)) + "\n";
  }
  return out;
}

std::string findings_json(const std::vector<Finding>& findings) {
  nlohmann::ordered_json checks = nlohmann::ordered_json::array();
  for (const Finding& finding : findings) {
    checks.push_back({{"name", finding.name},
                      {"level", name_of(finding.level)},
                      {"text", masked(finding.text)},
                      {"cure", masked(finding.cure)},
                      {"ms", finding.took_ms}});
  }
  const nlohmann::ordered_json json{{"passed", exit_code_of(findings) == 0}, {"checks", checks}};
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

Millis clock_skew(Millis before, Millis after, Millis stamped) {
  if (stamped.value < before.value - kStampGranularityMs) return Millis(stamped.value - before.value);
  if (stamped.value > after.value + kStampGranularityMs) return Millis(stamped.value - after.value);
  return Millis(0);
}

}  // namespace rcml::cli

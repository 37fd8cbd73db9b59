#include "audit/report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace rcml::audit {
namespace {

nlohmann::ordered_json partition_json(const PartitionAccount& account) {
  return {{"partition", account.partition},
          {"begin", account.begin},
          {"end", account.end},
          {"next", account.next},
          {"committed", account.committed},
          {"replayed", account.replayed},
          {"rejected", account.rejected},
          {"tombstones", account.tombstones},
          {"absent", account.absent},
          {"unexplained", account.unexplained},
          {"in_gaps", account.in_gaps},
          {"expired", account.expired},
          {"missing", account.missing},
          {"doubled", account.doubled},
          {"unknown", account.unknown},
          {"to_come", account.end - account.next}};
}

std::string padded(const std::string& text, size_t width) {
  return text.size() < width ? text + std::string(width - text.size(), ' ') : text;
}

}  // namespace

void add_counts(const PartitionAccount& more, PartitionAccount& sum) {
  for (const auto count : {&PartitionAccount::committed, &PartitionAccount::replayed, &PartitionAccount::rejected,
                           &PartitionAccount::tombstones, &PartitionAccount::absent, &PartitionAccount::unexplained,
                           &PartitionAccount::in_gaps, &PartitionAccount::expired, &PartitionAccount::missing,
                           &PartitionAccount::doubled, &PartitionAccount::unknown})
    sum.*count += more.*count;
}

bool Report::is_ok() const {
  return std::all_of(checks.begin(), checks.end(), [](const Check& check) { return check.is_ok; });
}

void add_finding(Report& report, const std::string& check, std::string text) {
  const auto count =
      std::count_if(report.findings.begin(), report.findings.end(), [&](const Finding& f) { return f.check == check; });
  if (static_cast<size_t>(count) < kFindingsMax) report.findings.push_back({check, std::move(text)});
}

std::string to_json(const Report& report) {
  nlohmann::ordered_json json{{"ok", report.is_ok()}};
  json["checks"] = nlohmann::ordered_json::array();
  for (const Check& check : report.checks)
    json["checks"].push_back({{"name", check.name}, {"ok", check.is_ok}, {"summary", check.summary}});
  json["findings"] = nlohmann::ordered_json::array();
  for (const Finding& finding : report.findings)
    json["findings"].push_back({{"check", finding.check}, {"text", finding.text}});
  json["notes"] = report.notes;
  json["partitions"] = nlohmann::ordered_json::array();
  for (const PartitionAccount& account : report.partitions) json["partitions"].push_back(partition_json(account));
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string to_text(const Report& report) {
  std::string text;
  for (const Check& check : report.checks) {
    text += (check.is_ok ? "ok      " : "FAILED  ") + padded(check.name, 18) + check.summary + "\n";
  }
  for (const std::string& note : report.notes) text += "note    " + note + "\n";
  if (!report.findings.empty()) text += "\nWhat does not agree:\n";
  for (const Finding& finding : report.findings) text += "  " + padded(finding.check, 18) + finding.text + "\n";
  text += report.is_ok() ? "\nEverything agrees.\n" : "\nThe audit failed.\n";
  return text;
}

}  // namespace rcml::audit

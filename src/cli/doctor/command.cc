// rcml doctor: every connection and permission the settings name, tried, all faults at once, each with its cure.
//
// It leaves nothing behind: probes on the lake are removed, tables of the warehouse are made in a transaction that is
// rolled back, and no consumer group is joined.
#include <unistd.h>

#include <cstdio>

#include "cli/all_commands.h"
#include "cli/doctor/parts.h"
#include "core/log.h"

namespace rcml::cli {
namespace {

// How a part is named, when it is not.
Finding not_named(const char* part, const char* how) {
  return {part, FindingLevel::skip, std::string("not named: ") + how, {}};
}

void add_unnamed(const Settings& settings, std::vector<Finding>& list) {
  if (!settings.has("source.from")) list.push_back(not_named("source", "--from, RCML_SOURCE_FROM or KAFKA_BOOTSTRAP"));
  if (!settings.has("lake")) list.push_back(not_named("lake", "--lake, RCML_LAKE or S3_BUCKET"));
  if (!settings.has("warehouse")) list.push_back(not_named("warehouse", "--warehouse, RCML_WAREHOUSE or RS_HOST"));
}

std::vector<CheckGroup> all_groups(const Settings& settings) {
  return {source_checks(settings), lake_checks(settings), warehouse_checks(settings), project_checks(settings),
          dbt_checks(settings),    port_checks(settings), secret_checks(settings)};
}

std::string summary(const std::vector<Finding>& list) {
  int counts[4] = {};
  for (const Finding& finding : list) ++counts[static_cast<int>(finding.level)];
  char text[96];
  std::snprintf(text, sizeof text, "%d ok, %d to look at, %d failed, %d not tried\n", counts[0], counts[1], counts[2],
                counts[3]);
  return text;
}

Result<int> run(const Settings& settings) {
  // What the libraries log of a failure is in the finding.
  if (settings.origin("log_level") == "default") set_log_level("off");
  Findings findings = run_checks(all_groups(settings), settings.millis("doctor.wait"));
  add_unnamed(settings, findings.list);
  const bool is_json = settings.is_on("json");
  const std::string text =
      is_json ? findings_json(findings.list) : findings_text(findings.list) + summary(findings.list);
  std::fputs(text.c_str(), stdout);
  const int code = exit_code_of(findings.list);
  if (!findings.has_abandoned) return code;
  // A library is still waiting for somebody: its thread must not meet the process's end half-way.
  const bool is_written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  _exit(is_written ? code : exit_code(ErrorKind::unavailable));
}

}  // namespace

Command doctor_command() {
  return {{"doctor", "Try every connection and permission the settings name; say what is wrong and its cure", "",
           "rcml doctor\n"
           "rcml doctor --from kafka://localhost:9092/clicks --lake s3://my-bucket/shop --warehouse redshift://…\n"
           "rcml doctor --json | jq '.checks[] | select(.level == \"fail\")'",
           ""},
          run};
}

}  // namespace rcml::cli

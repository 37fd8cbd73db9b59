// rcml run: the embedded clock: what the Airflow DAG does, for people without Airflow.
#include <cstdio>

#include "cli/all_commands.h"
#include "cli/source_options.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/stop.h"

namespace rcml::cli {
namespace {

using Step = std::vector<std::string>;

// The page's Pipeline view reads the report beside the warehouse's file.
Step audit_step(const std::string& lake, const std::string& warehouse) {
  Step step{"audit", "--lake", lake, "--warehouse", warehouse};
  constexpr std::string_view kScheme = "duckdb:";
  if (!warehouse.starts_with(kScheme)) return step;
  std::string file = warehouse.substr(kScheme.size());
  if (file.ends_with(".duckdb")) file.resize(file.size() - std::string_view(".duckdb").size());
  step.insert(step.end(), {"--report", file + ".audit.json"});
  return step;
}

// load -> transform (dbt build, publish) -> audit. The same settings reach each step through its flags.
std::vector<Step> steps(const Settings& settings) {
  const std::string lake = settings.text("lake");
  const std::string warehouse = settings.text("warehouse");
  std::vector<Step> all = {{"load", "--lake", lake, "--warehouse", warehouse}, {"transform", "--warehouse", warehouse}};
  if (settings.is_on("run.audit")) all.push_back(audit_step(lake, warehouse));
  return all;
}

// A failed step ends the round; the next round starts anew, and every step is idempotent.
int run_round(const Settings& settings) {
  for (const Step& step : steps(settings)) {
    if (stop_requested()) return 0;
    if (const int code = run_main(step); code != 0) {
      log_error("round failed", {{"step", step.front()}, {"exit_code", code}});
      return code;
    }
  }
  log_info("round done");
  return 0;
}

// Rounds start at whole multiples of the period, as a clock on the wall would have it.
Millis until_next(Millis every) {
  const int64_t now_ms = utc_now().value / 1000;
  return Millis(every.value - now_ms % every.value);
}

Result<int> run(const Settings& settings) {
  RCML_OK(require(settings, {"lake", "warehouse"}));
  if (!settings.has("run.every")) return run_round(settings);
  const Millis every = settings.millis("run.every");
  int code = run_round(settings);
  while (!sleep_or_stop(until_next(every))) code = run_round(settings);
  return stop_requested() ? 0 : code;
}

}  // namespace

Command run_command() {
  return {{"run", "Load, transform and audit, once or by the clock", "",
           "rcml run --lake var/lake --warehouse duckdb:var/clicks.duckdb\n"
           "rcml run --every 1h --lake s3://my-bucket/shop --warehouse redshift://…",
           ""},
          run};
}

}  // namespace rcml::cli

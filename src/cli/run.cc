// rcml run: the embedded clock: what the DAGs of dags/clicks_redshift_dag.py do, for people without Airflow.
//
// A round is load -> transform -> publish -> audit; care of the lake is compact -> vacuum -> checkpoint. The same steps
// in the same order stand in the DAGs, and tests/platform/airflow compares the two. Each step is the very command a
// person would type and is idempotent, so a round may be cut off anywhere and begun again.
#include <cstdio>

#include "cli/all_commands.h"
#include "cli/run_schedule.h"
#include "cli/source_options.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/stop.h"

namespace rcml::cli {
namespace {

using Step = std::vector<std::string>;

std::vector<Step> round_steps(const Settings& settings) {
  std::vector<Step> steps = {{"load"}, {"transform", "--no-publish"}, {"publish"}};
  if (settings.is_on("run.audit")) steps.push_back({"audit", "--report", "auto"});
  return steps;
}

std::vector<Step> care_steps() { return {{"lake", "compact"}, {"lake", "vacuum"}, {"lake", "checkpoint"}}; }

std::string command_of(const Step& step) { return step[0] == "lake" ? step[0] + " " + step[1] : step[0]; }

std::string shown(const Step& step) {
  std::string text = "rcml";
  for (const std::string& word : step) text += " " + word;
  return text;
}

// What the step gets from the environment and .env it finds there itself; what this command was given by flags must be
// handed on. Flags of the step itself come last and win.
Step with_given_flags(const Step& step, const Settings& settings) {
  const std::string command = command_of(step);
  Step words(step.begin(), step.begin() + (step[0] == "lake" ? 2 : 1));
  for (const SettingSpec& spec : setting_table()) {
    const bool is_given = settings.origin(spec.name).starts_with("flag ");
    if (!is_given || !applies_to(spec, "run") || !applies_to(spec, command)) continue;
    for (const std::string& text : settings.list(spec.name)) words.push_back(flag_of(spec) + "=" + text);
  }
  words.insert(words.end(), step.begin() + (step[0] == "lake" ? 2 : 1), step.end());
  return words;
}

// The first step that fails ends them; the next time all begin anew.
int run_steps(const char* what, const std::vector<Step>& steps, const Settings& settings) {
  for (const Step& step : steps) {
    if (stop_requested()) return 0;
    log_info("step", {{"command", shown(step)}});
    const int code = run_main(with_given_flags(step, settings));
    std::fflush(stdout);
    if (code == 0) continue;
    if (stop_requested()) return 0;  // What was stopped with us (dbt, by a signal to the whole group) did not fail.
    log_error(std::string(what) + " failed", {{"step", command_of(step)}, {"exit_code", code}});
    return code;
  }
  log_info(std::string(what) + " done");
  return 0;
}

// Until somebody stops it. A failed care is tried again after the next round; a round never waits for it to succeed.
int run_by_the_clock(const Settings& settings) {
  std::optional<UtcMicros> cared;
  while (true) {
    const UtcMicros began = utc_now();
    const int code = run_steps("round", round_steps(settings), settings);
    if (!stop_requested() && is_care_due(cared, began, settings.millis("run.care_every")) &&
        run_steps("care", care_steps(), settings) == 0)
      cared = began;
    const Millis wait = wait_after(code, utc_now(), settings.millis("run.every"), settings.millis("run.retry_delay"));
    if (sleep_or_stop(wait)) return 0;
  }
}

Result<int> run(const Settings& settings) {
  RCML_OK(require(settings, {"lake", "warehouse"}));
  if (settings.has("run.every")) return run_by_the_clock(settings);
  return run_steps("round", round_steps(settings), settings);
}

}  // namespace

Command run_command() {
  return {{"run", "Load, transform, publish and audit, once or by the clock, which also cares for the lake", "",
           "rcml run --lake var/lake --warehouse duckdb:var/clicks.duckdb\n"
           "rcml run --every 1h --lake s3://my-bucket/shop --warehouse redshift://…",
           ""},
          run};
}

}  // namespace rcml::cli

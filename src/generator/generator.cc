#include "generator/generator.h"

#include <cstdio>

#include "generator/live.h"
#include "generator/simulation.h"
#include "generator/truth_file.h"

namespace rcml::generator {
namespace {

Status validate_live(const GeneratorOptions& options) {
  if (options.is_checked)
    return bad_config("a live run cannot be checked: its sessions are cut at both ends", "Leave out --check or --live");
  if (!(options.live_rate_per_second > 0)) return bad_config("the rate must be above 0", "Change --rate");
  return {};
}

Status validate(const GeneratorOptions& options) {
  const Faults& f = options.faults;
  for (const double rate : {f.duplicates, f.late, f.out_of_order, f.malformed, f.bots}) {
    if (!(rate >= 0 && rate <= 1))
      return bad_config("a fault rate is outside of 0 to 1", "Give rates like 0.5% or 0.005");
  }
  if (f.duplicates + f.malformed > 1)
    return bad_config("duplicates and malformed together are above 100%", "Lower one of them");
  if (f.late + f.out_of_order > 1)
    return bad_config("late and out_of_order together are above 100%", "Lower one of them");
  if (options.is_live) return validate_live(options);
  if (options.days < 1 || options.days > 3660) return bad_config("days must be 1 to 3660", "Change --days");
  if (options.start.value < 0) return bad_config("the start lies before 1970", "Change --start");
  if (options.event_count < 0) return bad_config("the number of events is negative", "Change --events");
  return {};
}

Result<std::unique_ptr<Truth>> run(const GeneratorOptions& options, broker::EventWriter& out) {
  if (options.is_live) return run_live(options, out);
  Simulation simulation(options, out);
  return simulation.run();
}

}  // namespace

std::string event_id_prefix(const GeneratorOptions& options) {
  char text[48];
  const auto seed = static_cast<unsigned long long>(options.seed);
  if (!options.is_live) {
    std::snprintf(text, sizeof text, "%llx-", seed);
  } else {
    // Live runs with one seed are different runs: their events must not have the same ids.
    std::snprintf(text, sizeof text, "%llx-%llx-", seed, static_cast<unsigned long long>(options.start.value));
  }
  return text;
}

Result<GeneratedCounts> generate(const GeneratorOptions& options, broker::EventWriter& out) {
  RCML_OK(validate(options));
  RCML_TRY(const auto truth, run(options, out));
  RCML_OK(out.close());
  GeneratedCounts counts;
  counts.lines = truth->faults.lines;
  counts.events = truth->people().event_count() + truth->bots().event_count();
  if (options.is_checked) counts.check = check_calibration(*truth, Traffic(options.start, options.days).hour_shares());
  if (!options.truth_dir.empty()) RCML_OK(write_truth(*truth, options));
  return counts;
}

}  // namespace rcml::generator

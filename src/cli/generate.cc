// rcml generate: simulated shoppers into a log of events, with the truth of what they did.
#include <cinttypes>
#include <cstdio>

#include "broker/open.h"
#include "cli/all_commands.h"
#include "cli/progress.h"
#include "cli/source_options.h"
#include "core/clock.h"
#include "core/log.h"
#include "generator/generator.h"

namespace rcml::cli {
namespace {

// Malformed lines above the decoder's limit of 1 MB are wanted here.
constexpr int64_t kEventBytesMax = 2 << 20;

generator::Faults faults_of_profile(const std::string& name) {
  if (name == "clean") return {};
  if (name == "hostile") return {.duplicates = 0.05, .late = 0.1, .out_of_order = 0.2, .malformed = 0.03, .bots = 0.3};
  return {.duplicates = 0.005, .late = 0.01, .out_of_order = 0.02, .malformed = 0.003, .bots = 0.03};
}

generator::Faults faults(const Settings& settings) {
  generator::Faults rates = faults_of_profile(settings.text("generate.profile"));
  const auto apply = [&](std::string_view name, double& rate) {
    if (settings.has(name)) rate = settings.rate(name);
  };
  apply("generate.duplicates", rates.duplicates);
  apply("generate.late", rates.late);
  apply("generate.out_of_order", rates.out_of_order);
  apply("generate.malformed", rates.malformed);
  apply("generate.bots", rates.bots);
  return rates;
}

Result<double> events_per_second(std::string text) {
  const std::string given = text;
  if (text.ends_with("/s")) text.resize(text.size() - 2);
  const auto count = parse_count(text);
  if (!count || *count < 1)
    return bad_config("--rate: '" + given + "' is no rate", "Write events per second, e.g. 500/s or 5k/s");
  return static_cast<double>(*count);
}

Result<UtcMicros> start_of(const Settings& settings) {
  if (settings.is_on("generate.live")) return utc_now();
  const auto dt = parse_dt(settings.text("generate.start"));
  if (!dt) return bad_config("--start: '" + settings.text("generate.start") + "' is no date", "Write it as 2025-09-01");
  return UtcMicros(int64_t{dt->value} * kMicrosPerDay);
}

// Events ahead of their arrival are rejected, so a run must not reach into the future. The last visits may go on for
// some hours after the last day.
Status check_end(const generator::GeneratorOptions& options) {
  constexpr int64_t kLastVisitUs = 4 * 3'600 * kMicrosPerSecond;
  const int64_t end_us = options.start.value + options.days * kMicrosPerDay;
  if (options.is_live || end_us + kLastVisitUs <= utc_now().value) return {};
  if (end_us > utc_now().value) {
    return bad_config(
        "the simulated days end on " + to_text(UtcMicros(end_us)) + ", in the future, where events are rejected",
        "Give an earlier --start or fewer --days");
  }
  log_warn("the last visits may reach into the future and be rejected", {{"days_end", to_text(UtcMicros(end_us))}});
  return {};
}

Result<generator::GeneratorOptions> generator_options(const Settings& settings) {
  generator::GeneratorOptions options;
  options.seed = static_cast<uint64_t>(settings.count("generate.seed"));
  RCML_TRY(options.start, start_of(settings));
  options.days = static_cast<int32_t>(settings.count("generate.days"));
  if (settings.has("generate.events")) options.event_count = settings.count("generate.events");
  options.is_live = settings.is_on("generate.live");
  RCML_TRY(options.live_rate_per_second, events_per_second(settings.text("generate.rate")));
  if (settings.has("generate.for")) options.live_seconds_max = (settings.millis("generate.for").value + 999) / 1000;
  options.threads = static_cast<int32_t>(settings.count("generate.threads"));
  options.faults = faults(settings);
  options.truth_dir = settings.text("generate.truth");
  options.has_truth_ids = settings.is_on("generate.truth_ids");
  options.is_checked = settings.is_on("generate.check");
  if (options.has_truth_ids && options.truth_dir.empty())
    return bad_config("--truth-ids needs a place", "Add --truth DIR");
  RCML_OK(check_end(options));
  return options;
}

Result<std::unique_ptr<broker::EventWriter>> writer(const Settings& settings) {
  broker::WriterOptions options;
  options.url = settings.text("out");
  options.partitions = static_cast<int32_t>(settings.count("broker.partitions"));
  options.create_topic = settings.is_on("broker.create_topic");
  options.event_bytes_max = kEventBytesMax;
  RCML_TRY(options.kafka_properties, kafka_properties(settings));
  return broker::open_writer(options);
}

// Data goes to standard output, talk to standard error.
void print_summary(const generator::GeneratedCounts& counts, double seconds) {
  std::fprintf(stderr, "%" PRId64 " lines with %" PRId64 " events written, %.1f s, %s events/s\n", counts.lines,
               counts.events, seconds, short_count(static_cast<double>(counts.events) / seconds).c_str());
  if (!counts.check.rows.empty()) std::fputs(counts.check.text().c_str(), stderr);
}

Result<int> run(const Settings& settings) {
  RCML_OK(require(settings, {"out"}));
  RCML_TRY(auto options, generator_options(settings));
  RCML_TRY(const auto out, writer(settings));
  std::atomic<int64_t> lines_done{0};
  options.on_progress = [&](int64_t lines, int64_t) { lines_done = lines; };
  const UtcMicros began = monotonic_now();
  generator::GeneratedCounts counts;
  {
    const ProgressLine progress(
        [&] { return "generating: " + short_count(static_cast<double>(lines_done)) + " lines"; });
    RCML_TRY(counts, generator::generate(options, *out));
  }
  print_summary(counts, static_cast<double>(monotonic_now().value - began.value + 1) / 1e6);
  if (counts.check.is_good()) return 0;
  return needs_person("the run does not look like real traffic: see the rows marked BAD",
                      "A small --events or few --days can do that; otherwise src/generator/calibration.h is wrong");
}

}  // namespace

Command generate_command() {
  return {
      {"generate", "Simulate shoppers: their clicks into a log of events, and the truth of what they did", "",
       "rcml generate --events 1M --days 7 --out spool:var/spool --truth var/truth\n"
       "rcml generate --events 1000 --profile clean --out - | head\n"
       "rcml generate --live --rate 500/s --for 60s --out spool:var/spool\n"
       "rcml generate --profile hostile --duplicates 1% --out kafka://localhost:9092/clicks --create-topic --partitions 4",
       "rcml stream --from spool:var/spool --lake var/lake --drain"},
      run};
}

}  // namespace rcml::cli

// rcml rejects replay: what was set aside and is good by now goes to the lake's rows.
#include <cinttypes>
#include <cstdio>

#include "cli/all_commands.h"
#include "cli/source_options.h"
#include "core/clock.h"
#include "sink/replay.h"

namespace rcml::cli {
namespace {

constexpr int64_t kTsRangePastMicros = 30 * kMicrosPerDay;

Result<sink::ReplayOptions> replay_options(const Settings& settings) {
  sink::ReplayOptions options;
  options.reason = settings.text("rejects.reason");
  options.dt = settings.text("rejects.dt");
  if (!options.dt.empty() && !parse_dt(options.dt))
    return bad_config("\"" + options.dt + "\" is no date", "Write it as --dt 2025-08-24");
  options.is_dry_run = settings.is_on("lake.dry_run");
  RCML_TRY(options.decode.cut_columns, contract::parse_cut_columns(settings.list("truncate")));
  options.decode.event_bytes_max = settings.count("sink.event_bytes_max");
  options.decode.future_micros_max = settings.millis("sink.ts_future_max").value * 1000;
  options.ts_range_past_micros_max = kTsRangePastMicros;
  if (settings.has("sink.ts_past_max")) {
    options.decode.past_micros_max = settings.millis("sink.ts_past_max").value * 1000;
    options.ts_range_past_micros_max = options.decode.past_micros_max;
  }
  return options;
}

void print(const sink::ReplayReport& report, bool is_dry_run) {
  std::printf("%" PRId64 " rejects looked at: %" PRId64 " %s, %" PRId64 " still bad\n", report.looked_at,
              report.replayed, is_dry_run ? "would become rows" : "are rows now", report.still_bad);
  if (report.already_rows > 0)
    std::printf("%" PRId64 " were rows already, by an earlier replay\n", report.already_rows);
  if (report.cut > 0) {
    std::printf("%" PRId64
                " were kept in part only; read those from the log again, by --group NEW_NAME into another lake\n",
                report.cut);
  }
  if (const std::string cuts = contract::cuts_text(report.texts_cut); !cuts.empty()) std::printf("%s\n", cuts.c_str());
  if (report.in_flight > 0)
    std::printf("%" PRId64 " belong to a commit that a stream has yet to finish\n", report.in_flight);
}

Result<int> run(const Settings& settings) {
  RCML_OK(require(settings, {"lake"}));
  RCML_TRY(const sink::ReplayOptions options, replay_options(settings));
  RCML_TRY(lake::LakeTables tables, lake::open_lake_to_write(settings.text("lake")));
  RCML_TRY(const sink::ReplayReport report, sink::replay_rejects(tables, options));
  print(report, options.is_dry_run);
  return 0;
}

}  // namespace

Command rejects_replay_command() {
  return {{"rejects replay",
           "Decode again what was set aside; what is good by now becomes rows, beside running streams", "",
           "rcml rejects replay --lake var/lake --dry-run\n"
           "rcml rejects replay --lake var/lake --reason ts_range --ts-past-max 365d",
           "rcml load --lake var/lake --warehouse duckdb:var/clicks.duckdb"},
          run};
}

}  // namespace rcml::cli

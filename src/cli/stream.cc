// rcml stream: the log of events -> the lake, each event exactly once.
#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "broker/open.h"
#include "cli/all_commands.h"
#include "cli/progress.h"
#include "cli/source_options.h"
#include "cli/spool_lakes.h"
#include "contract/cut_columns.h"
#include "core/clock.h"
#include "core/log.h"
#include "sink/log_identity.h"
#include "sink/metrics_server.h"
#include "sink/stream.h"

namespace rcml::cli {
namespace {

constexpr int64_t kDefaultPastMicrosKafka = 30 * kMicrosPerDay;

contract::DecodeLimits decode_limits(const Settings& settings, contract::ColumnSet cut_columns) {
  const bool is_spool = settings.text("source.from").starts_with("spool:");
  contract::DecodeLimits limits;
  limits.cut_columns = cut_columns;
  limits.event_bytes_max = settings.count("sink.event_bytes_max");
  limits.future_micros_max = settings.millis("sink.ts_future_max").value * 1000;
  limits.past_micros_max = is_spool ? -1 : kDefaultPastMicrosKafka;
  if (settings.has("sink.ts_past_max")) limits.past_micros_max = settings.millis("sink.ts_past_max").value * 1000;
  return limits;
}

Result<sink::StreamOptions> stream_options(const Settings& settings) {
  RCML_TRY(const contract::ColumnSet cut_columns, contract::parse_cut_columns(settings.list("truncate")));
  sink::StreamOptions options;
  options.group = settings.text("sink.group");
  options.is_drain = settings.is_on("sink.drain");
  options.may_resume_after_gap = settings.text("sink.on_gap") == "resume";
  options.encoders = static_cast<int32_t>(settings.count("sink.encoders"));
  // Two generations hold memory: the one that is filled and the one being committed. Each flushes a little below its
  // half, so that what is queued by then still fits.
  const int64_t memory_bytes_max = settings.count("sink.memory_bytes_max");
  options.flush = {.events_max = settings.count("sink.flush_rows_max"),
                   .file_bytes_max = settings.count("sink.flush_bytes_max"),
                   .memory_bytes_max = memory_bytes_max * 2 / 5,
                   .age_max = settings.millis("sink.flush_age_ms_max")};
  options.commit.outage.lasts_max = settings.millis("sink.outage_max");
  options.encoder.decode = decode_limits(settings, cut_columns);
  options.encoder.memory_bytes_max = memory_bytes_max / 2;
  options.encoder.queue_bytes_max = std::max<int64_t>(1 << 20, memory_bytes_max / 16 / options.encoders);
  options.encoder.files.open_dts_max = settings.count("sink.open_dts_max");
  lake::FileOptions& files = options.encoder.files.files;
  files.codec = settings.text("sink.codec") == "snappy" ? lake::Codec::snappy : lake::Codec::zstd;
  files.row_group_bytes_target = std::min<int64_t>(64 << 20, memory_bytes_max / 4);
  return options;
}

std::string progress_text(const sink::Metrics& metrics, UtcMicros began) {
  const double seconds = static_cast<double>(monotonic_now().value - began.value) / 1e6;
  const int64_t read = metrics.events_read;
  return short_count(static_cast<double>(read)) + " events read, " +
         short_count(static_cast<double>(metrics.rows_committed)) + " rows committed, " +
         short_count(static_cast<double>(read) / seconds) + " events/s, lag " +
         short_count(static_cast<double>(metrics.lag));
}

void print_summary(const sink::Metrics& metrics, UtcMicros began) {
  const double seconds = static_cast<double>(monotonic_now().value - began.value) / 1e6;
  std::printf("%" PRId64 " rows and %" PRId64 " rejects in %" PRId64 " commits, %.1f s, %s events/s\n",
              metrics.rows_committed.load(), metrics.rejects_committed.load(), metrics.commits.load(), seconds,
              short_count(static_cast<double>(metrics.events_read) / seconds).c_str());
  contract::CutCounts cuts;
  std::copy(metrics.cuts_by_column.begin(), metrics.cuts_by_column.end(), cuts.begin());
  if (const std::string text = contract::cuts_text(cuts); !text.empty()) std::printf("%s\n", text.c_str());
}

Result<int> run(const Settings& settings) {
  RCML_OK(require(settings, {"source.from", "lake"}));
  RCML_TRY(const sink::StreamOptions options, stream_options(settings));
  RCML_TRY(const broker::SourceOptions from, source_options(settings));
  RCML_TRY(const auto source, broker::open_source(from));
  RCML_TRY(lake::LakeTables tables, lake::open_or_create_lake(settings.text("lake")));
  if (const auto folder = broker::spool_folder(from.url)) {
    RCML_OK(sink::check_identity(*source, tables, options.group));  // Of another spool's lake a trim would ask in vain.
    RCML_OK(note_lake_of_spool(*folder, settings));
  }
  sink::Metrics metrics;
  const UtcMicros began = monotonic_now();
  metrics.last_progress_at = began.value;
  std::unique_ptr<sink::MetricsServer> server;
  if (settings.has("sink.metrics")) {
    RCML_TRY(server, sink::MetricsServer::start({.listen = settings.text("sink.metrics"),
                                                 .hosts = settings.list("sink.metrics_allow_host"),
                                                 .stall_max = settings.millis("sink.stall_max")},
                                                metrics));
  }
  Status status;
  {
    const ProgressLine progress([&] { return progress_text(metrics, began); });
    status = sink::run_stream(options, *source, tables, metrics);
  }
  RCML_OK(std::move(status));
  print_summary(metrics, began);
  return 0;
}

}  // namespace

Command stream_command() {
  return {{"stream", "Read the log of events and commit it to the lake, each event exactly once", "",
           "rcml stream --from spool:var/spool --lake var/lake\n"
           "rcml stream --from spool:var/spool --lake var/lake --drain\n"
           "rcml stream --from kafka://localhost:9092/clicks --lake s3://my-bucket/shop",
           "rcml load --lake var/lake --warehouse duckdb:var/clicks.duckdb"},
          run};
}

}  // namespace rcml::cli

// rcml lake adopt: take a lake over from another writer of the same log.
#include <cinttypes>
#include <cstdio>

#include "broker/open.h"
#include "cli/all_commands.h"
#include "cli/source_options.h"
#include "sink/adopt.h"

namespace rcml::cli {
namespace {

void print(const sink::AdoptReport& report, bool is_dry_run) {
  for (const sink::Adoption& plan : report.partitions) {
    std::printf("partition %d: %" PRId64 " rows and %" PRId64 " rejects since the mark, goes on at %" PRId64
                ", %zu holes\n",
                plan.partition.value, plan.rows, plan.rejects, plan.clicks_next.value, plan.gaps.size());
  }
  std::printf("%s\n", !report.is_changed ? "nothing to adopt: the marks say what the lake holds"
                      : is_dry_run       ? "dry run: no mark was set"
                                         : "adopted");
}

Result<int> run(const Settings& settings) {
  RCML_OK(require(settings, {"source.from", "lake"}));
  RCML_TRY(broker::SourceOptions from, source_options(settings));
  from.is_standalone = true;
  RCML_TRY(const auto source, broker::open_source(from));
  RCML_TRY(lake::LakeTables tables, lake::open_lake_to_write(settings.text("lake")));
  sink::AdoptOptions options;
  options.group = settings.text("sink.group");
  options.may_leave_gaps = settings.text("sink.on_gap") == "resume";
  options.is_same_log = settings.is_on("lake.same_log");
  options.is_dry_run = settings.is_on("lake.dry_run");
  RCML_TRY(const sink::AdoptReport report, sink::adopt(*source, tables, options));
  print(report, options.is_dry_run);
  return 0;
}

}  // namespace

Command lake_adopt_command() {
  return {{"lake adopt", "Set the marks to where a lake ends that Spark has filled; stop Spark before", "",
           "rcml lake adopt --from kafka://localhost:9092/clicks --lake s3://my-bucket/shop --dry-run\n"
           "rcml lake adopt --from kafka://localhost:9092/clicks --lake s3://my-bucket/shop",
           "rcml stream --from kafka://localhost:9092/clicks --lake s3://my-bucket/shop"},
          run};
}

}  // namespace rcml::cli

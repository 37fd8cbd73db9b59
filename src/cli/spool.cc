// rcml spool log|verify: what a spool holds, what its lakes have committed of it, and whether it is as it was written.
#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "broker/open.h"
#include "broker/spool/trim.h"
#include "broker/spool/verify.h"
#include "cli/all_commands.h"
#include "cli/source_options.h"
#include "cli/spool_lakes.h"
#include "core/clock.h"

namespace rcml::cli {
namespace {

using Json = nlohmann::ordered_json;
using broker::spool::PartitionFacts;
using broker::spool::SegmentFact;

struct PartitionState {
  PartitionFacts facts;
  broker::OffsetRange range;
  int64_t bytes = 0;   // In sealed segments.
  int64_t events = 0;  // In sealed segments.
};

Result<PartitionState> state_of(broker::EventSource& source, const std::string& folder, Partition partition) {
  PartitionState state;
  RCML_TRY(state.facts, broker::spool::read_facts(broker::spool::partition_dir(folder, partition)));
  RCML_TRY(state.range, source.range(partition));
  for (const SegmentFact& segment : state.facts.segments) {
    state.bytes += segment.seal.bytes;
    state.events += segment.seal.events;
  }
  return state;
}

size_t first_shown(const PartitionFacts& facts, int64_t newest) {
  return facts.segments.size() - std::min(facts.segments.size(), static_cast<size_t>(newest));
}

Json to_json(const PartitionState& state, int64_t newest) {
  Json json{{"segments", state.facts.segments.size()},
            {"events", state.events},
            {"bytes", state.bytes},
            {"begin", state.range.begin.value},
            {"end", state.range.end.value}};
  if (state.facts.mark.begin > 0) {
    json["trimmed_below"] = state.facts.mark.begin;
    json["trimmed_at"] = to_text(state.facts.mark.trimmed_at);
  }
  json["newest"] = Json::array();
  for (size_t i = first_shown(state.facts, newest); i < state.facts.segments.size(); ++i) {
    const SegmentFact& segment = state.facts.segments[i];
    json["newest"].push_back({{"file", segment.name.file_name()},
                              {"start", segment.name.start},
                              {"created_at", to_text(segment.name.created_at)},
                              {"open", segment.name.is_open},
                              {"events", segment.seal.events},
                              {"bytes", segment.seal.bytes}});
  }
  return json;
}

void print(Partition partition, const PartitionState& state, int64_t newest) {
  std::printf("partition %d: offsets %" PRId64 " to %" PRId64 ", %zu segments, %" PRId64 " events and %" PRId64
              " bytes in sealed ones\n",
              partition.value, state.range.begin.value, state.range.end.value, state.facts.segments.size(),
              state.events, state.bytes);
  if (state.facts.mark.begin > 0) {
    std::printf("  trimmed below %" PRId64 " at %s\n", state.facts.mark.begin,
                to_text(state.facts.mark.trimmed_at).c_str());
  }
  std::printf("  %20s %28s %12s %12s\n", "start", "created", "events", "bytes");
  for (size_t i = first_shown(state.facts, newest); i < state.facts.segments.size(); ++i) {
    const SegmentFact& segment = state.facts.segments[i];
    const std::string created = to_text(segment.name.created_at);
    if (segment.name.is_open) std::printf("  %20" PRId64 " %28s %12s\n", segment.name.start, created.c_str(), "open");
    else
      std::printf("  %20" PRId64 " %28s %12" PRId64 " %12" PRId64 "\n", segment.name.start, created.c_str(),
                  segment.seal.events, segment.seal.bytes);
  }
}

Json to_json(const LakeProgress& progress) {
  Json json{{"lake", progress.lake.url}, {"group", progress.lake.group}};
  if (progress.error) json["error"] = progress.error->text();
  if (!progress.lake.log.empty()) json["log"] = progress.lake.log;
  json["committed"] = Json::object();
  for (const auto& [partition, next] : progress.next) json["committed"][std::to_string(partition.value)] = next.value;
  return json;
}

void print(const LakeProgress& progress) {
  const std::string log = progress.lake.log.empty() ? "" : ", known as " + progress.lake.log;
  std::printf("lake %s, group %s%s\n", progress.lake.url.c_str(), progress.lake.group.c_str(), log.c_str());
  if (progress.error) std::printf("  cannot be read: %s\n", progress.error->text().c_str());
  else if (progress.next.empty()) std::printf("  has committed nothing of this spool\n");
  for (const auto& [partition, next] : progress.next)
    std::printf("  partition %d committed up to %" PRId64 "\n", partition.value, next.value);
}

Result<int> run_log(const Settings& settings) {
  RCML_TRY(const std::string folder, spool_folder_of(settings));
  RCML_TRY(const auto source, broker::open_source({.url = settings.text("source.from")}));
  RCML_TRY(const std::vector<Partition> partitions, source->partitions());
  RCML_TRY(const broker::spool::SpoolHeader header, broker::spool::read_header(folder));
  RCML_TRY(const auto lakes, progress_of_lakes(folder, header, settings));
  const bool is_json = settings.is_on("json");
  Json json{{"spool", folder}, {"name", source->name()}, {"partitions", Json::object()}, {"lakes", Json::array()}};
  if (!is_json) std::printf("spool %s, named %s\n", folder.c_str(), source->name().c_str());
  for (const Partition partition : partitions) {
    RCML_TRY(const PartitionState state, state_of(*source, folder, partition));
    if (is_json) json["partitions"][std::to_string(partition.value)] = to_json(state, settings.count("newest"));
    else print(partition, state, settings.count("newest"));
  }
  for (const LakeProgress& progress : lakes) {
    if (is_json) json["lakes"].push_back(to_json(progress));
    else print(progress);
  }
  if (!is_json && lakes.empty()) std::printf("no lake is known to be filled from it\n");
  if (is_json) std::printf("%s\n", json.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
  return 0;
}

Result<int> run_verify(const Settings& settings) {
  RCML_TRY(const std::string folder, spool_folder_of(settings));
  RCML_TRY(const broker::spool::VerifyReport report, broker::spool::verify(folder));
  for (const std::string& fault : report.faults) std::printf("%s\n", fault.c_str());
  std::printf("%" PRId64 " segments with %" PRId64 " events and %" PRId64 " bytes, %" PRId64
              " still open and not checked, %zu faults\n",
              report.segments, report.events, report.bytes, report.open_segments, report.faults.size());
  if (report.faults.empty()) return 0;
  std::printf(
      "Restore what is named above from a backup. What every lake has committed (rcml spool log) may be trimmed "
      "instead: rcml spool trim\n");
  return exit_code(ErrorKind::corrupt);
}

}  // namespace

Command spool_log_command() {
  return {{"spool log", "Show what a spool holds: partitions, segments, and what each lake has committed of it", "",
           "rcml spool log --from spool:var/spool\nrcml spool log --from spool:var/spool --newest 100 --json",
           "rcml spool verify --from spool:var/spool"},
          run_log};
}

Command spool_verify_command() {
  return {{"spool verify", "Compare every sealed segment with its seal; exit 4 and the exact place when one differs",
           "", "rcml spool verify --from spool:var/spool", ""},
          run_verify};
}

}  // namespace rcml::cli

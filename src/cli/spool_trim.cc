// rcml spool trim: remove the oldest segments of a spool, never what a known lake has not committed.
#include <algorithm>
#include <charconv>
#include <cinttypes>
#include <cstdio>

#include "broker/open.h"
#include "broker/spool/trim.h"
#include "cli/all_commands.h"
#include "cli/source_options.h"
#include "cli/spool_lakes.h"
#include "contract/timestamp.h"
#include "core/clock.h"
#include "lake/store/location.h"

namespace rcml::cli {
namespace {

using broker::spool::TrimPlan;
using broker::spool::TrimPolicy;

Result<UtcMicros> time_of(const std::string& text) {
  if (const auto dt = parse_dt(text)) return UtcMicros(int64_t{dt->value} * kMicrosPerDay);
  if (const auto at = contract::parse_timestamp(text)) return *at;
  return bad_config("--before \"" + text + "\" is no time", "Write it as 2025-08-24 or 2025-08-24T10:00:00Z");
}

// A bare number is a count of segments, anything else a span of time.
Status read_keep(const std::string& text, UtcMicros now, TrimPolicy& policy) {
  int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error == std::errc() && end == text.data() + text.size() && count > 0) {
    policy.segments_kept = count;
    return {};
  }
  const auto span = parse_millis(text);
  if (!span || *span <= 0 || *span > now.value / 1000)
    return bad_config("--keep \"" + text + "\" is neither a time nor a count", "Write it as --keep 30d or --keep 500");
  policy.arrived_before = UtcMicros(now.value - *span * 1000);
  return {};
}

Result<TrimPolicy> policy_of(const Settings& settings) {
  if (settings.has("spool.before") == settings.has("spool.keep"))
    return bad_config("say what is to go: either --before or --keep", "For example --keep 30d");
  TrimPolicy policy;
  if (settings.has("spool.keep")) {
    RCML_OK(read_keep(settings.text("spool.keep"), utc_now(), policy));
    return policy;
  }
  RCML_TRY(policy.arrived_before, time_of(settings.text("spool.before")));
  return policy;
}

Result<std::vector<std::string>> lakes_to_forget(const Settings& settings) {
  std::vector<std::string> urls;
  for (const std::string& text : settings.list("spool.forget_lake")) {
    RCML_TRY(const auto location, lake::Location::open(text));
    urls.push_back(location->url());
  }
  return urls;
}

struct Lakes {
  std::vector<LakeProgress> kept;
  std::vector<broker::spool::KnownLake> forgotten;
};

// needs_person unless there is at least one and all can be read.
Result<Lakes> lakes_of(const Settings& settings, const std::string& folder, const broker::spool::SpoolHeader& header) {
  RCML_TRY(const std::vector<std::string> forget, lakes_to_forget(settings));
  RCML_TRY(std::vector<LakeProgress> known, progress_of_lakes(folder, header, settings));
  Lakes lakes;
  for (LakeProgress& progress : known) {
    const bool is_forgotten = std::find(forget.begin(), forget.end(), progress.lake.url) != forget.end();
    if (is_forgotten) lakes.forgotten.push_back(progress.lake);
    else if (progress.error) {
      return needs_person(
          "the lake " + progress.lake.url + " is filled from this spool and cannot be read: " + progress.error->text(),
          "Make it readable. If it is gone: --forget-lake " + progress.lake.url);
    } else {
      lakes.kept.push_back(std::move(progress));
    }
  }
  if (lakes.kept.empty()) {
    return needs_person("no lake is known to be filled from the spool " + folder + ", so nothing may go",
                        "Name the lake: --lake URL. Streams of rcml 0.1.0 did not write it down");
  }
  return lakes;
}

std::vector<broker::spool::LakePosition> positions_in(const Lakes& lakes, Partition partition) {
  std::vector<broker::spool::LakePosition> positions;
  for (const LakeProgress& progress : lakes.kept) {
    const auto next = progress.next.find(partition);
    positions.push_back({progress.lake.url, next == progress.next.end() ? 0 : next->second.value});
  }
  return positions;
}

void print(Partition partition, const TrimPlan& plan, bool is_dry_run) {
  std::printf(
      "partition %d: %" PRId64 " segments with %" PRId64 " events and %" PRId64 " bytes %s; it begins at %" PRId64 "\n",
      partition.value, plan.segments, plan.events, plan.bytes, is_dry_run ? "would be removed" : "removed", plan.begin);
  if (!plan.held_by.empty()) {
    std::printf("  what follows is kept for %s, which has committed up to %" PRId64 "\n", plan.held_by.c_str(),
                plan.held_at);
  }
}

Status carry_out(const std::string& folder, const Lakes& lakes, const std::vector<TrimPlan>& plans) {
  for (const broker::spool::KnownLake& lake : lakes.forgotten) RCML_OK(broker::spool::forget_known_lake(folder, lake));
  std::vector<broker::spool::KnownLake> asked;
  for (const LakeProgress& progress : lakes.kept) {
    RCML_OK(broker::spool::note_known_lake(folder, progress.lake));
    asked.push_back(progress.lake);
  }
  std::vector<broker::spool::TrimMark> marks;
  for (const TrimPlan& plan : plans) marks.push_back({plan.begin, utc_now()});
  return broker::spool::trim_spool(folder, asked, marks);
}

// Every partition is planned before the first is touched.
Result<int> run(const Settings& settings) {
  RCML_TRY(const std::string folder, spool_folder_of(settings));
  RCML_TRY(const TrimPolicy policy, policy_of(settings));
  RCML_TRY(const broker::spool::SpoolHeader header, broker::spool::read_header(folder));
  RCML_TRY(const Lakes lakes, lakes_of(settings, folder, header));
  std::vector<TrimPlan> plans;
  for (int32_t i = 0; i < header.partitions; ++i) {
    RCML_TRY(const auto facts, broker::spool::read_facts(broker::spool::partition_dir(folder, Partition(i))));
    RCML_TRY(plans.emplace_back(),
             broker::spool::plan_trim(facts, policy, header.roll_age, positions_in(lakes, Partition(i))));
  }
  const bool is_dry_run = settings.is_on("lake.dry_run");
  if (!is_dry_run) RCML_OK(carry_out(folder, lakes, plans));
  for (int32_t i = 0; i < header.partitions; ++i) print(Partition(i), plans[static_cast<size_t>(i)], is_dry_run);
  return 0;
}

}  // namespace

Command spool_trim_command() {
  return {{"spool trim", "Remove the oldest segments of a spool, never what a known lake has not committed", "",
           "rcml spool trim --from spool:var/spool --keep 30d --dry-run\n"
           "rcml spool trim --from spool:var/spool --keep 500 --lake s3://my-bucket/shop\n"
           "rcml spool trim --from spool:var/spool --before 2025-08-24",
           "rcml spool log --from spool:var/spool"},
          run};
}

}  // namespace rcml::cli

#include "broker/spool/trim.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "broker/spool/file.h"
#include "broker/spool/lock.h"
#include "core/crash_point.h"

namespace rcml::broker::spool {
namespace {

bool is_let_go(const TrimPolicy& policy, const SegmentFact& segment, size_t newer_segments, Millis roll_age) {
  if (policy.segments_kept && static_cast<int64_t>(newer_segments) < *policy.segments_kept) return false;
  const int64_t last_arrival = segment.name.created_at.value + roll_age.value * 1000;
  return !policy.arrived_before || last_arrival <= policy.arrived_before->value;
}

// The lake that has committed least.
const LakePosition* slowest(const std::vector<LakePosition>& lakes) {
  const auto least = std::min_element(lakes.begin(), lakes.end(),
                                      [](const LakePosition& a, const LakePosition& b) { return a.next < b.next; });
  return least == lakes.end() ? nullptr : &*least;
}

// How many segments lie before the newest sealed one, with none among them that waits to be sealed.
size_t removable_count(const std::vector<SegmentFact>& segments) {
  size_t count = 0;
  for (size_t i = 0; i < segments.size() && !segments[i].name.is_open; ++i) count = i;
  return count;
}

Status check_lakes(const PartitionFacts& partition, const std::vector<LakePosition>& lakes) {
  const auto& [mark, segments] = partition;
  const int64_t begin = segments.front().name.start;
  for (const LakePosition& lake : lakes) {
    if (!segments.back().name.is_open && lake.next > segments.back().seal.next_start) {
      return needs_person("the lake " + lake.lake + " has read up to position " + std::to_string(lake.next) +
                              ", but the partition ends at " + std::to_string(segments.back().seal.next_start),
                          "The lake was filled from another spool of this name: check --from, --lake and --group");
    }
    if (begin > mark.begin && lake.next > 0 && lake.next < begin) {
      return needs_person("the positions " + std::to_string(lake.next) + " to " + std::to_string(begin - 1) +
                              " are missing, no trim removed them, and the lake " + lake.lake +
                              " has not committed them",
                          "Restore the segments from a backup, or let the lake go on after the hole: "
                          "rcml stream --on-gap resume");
    }
  }
  return {};
}

// The position a file of a segment begins with; nothing for other files and for a segment that is not sealed.
std::optional<int64_t> start_of_file(const std::string& name) {
  if (const auto segment = parse_segment_name(name)) {
    return segment->is_open ? std::nullopt : std::optional(segment->start);
  }
  const size_t dot = name.find(".seal");
  if (dot == std::string::npos) return std::nullopt;
  const auto segment = parse_segment_name(name.substr(0, dot) + ".ndjson");
  return segment ? std::optional(segment->start) : std::nullopt;
}

Result<std::vector<std::string>> files_below(const std::string& partition_dir, int64_t begin) {
  std::vector<std::string> names;
  std::error_code failed;
  std::filesystem::directory_iterator entries(partition_dir, failed);
  if (failed) return unavailable("list " + partition_dir + ": " + failed.message(), "Check its owner and mode");
  for (const auto& entry : entries) {
    const std::string name = entry.path().filename();
    const auto start = start_of_file(name);
    if (start && *start < begin) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Result<PartitionFacts> read_facts(const std::string& partition_dir) {
  PartitionFacts facts;
  RCML_TRY(facts.mark, read_trim_mark(partition_dir));
  RCML_TRY(const auto names, list_segments(partition_dir));
  for (const SegmentName& name : names) {
    SegmentFact fact{name, {}};
    if (!name.is_open) {
      RCML_TRY(fact.seal, read_seal(partition_dir, name));
    }
    facts.segments.push_back(fact);
  }
  return facts;
}

Result<TrimPlan> plan_trim(const PartitionFacts& partition, const TrimPolicy& policy, Millis roll_age,
                           const std::vector<LakePosition>& lakes) {
  TrimPlan plan{.begin = partition.mark.begin};
  const auto& segments = partition.segments;
  if (segments.empty()) return plan;
  RCML_OK(check_lakes(partition, lakes));
  plan.begin = segments.front().name.start;
  const LakePosition* least = slowest(lakes);
  for (size_t i = 0; i < removable_count(segments); ++i) {
    const SegmentFact& segment = segments[i];
    if (!is_let_go(policy, segment, segments.size() - 1 - i, roll_age)) break;
    if (least == nullptr || least->next < segment.seal.next_start) {
      plan.held_by = least == nullptr ? "" : least->lake;
      plan.held_at = least == nullptr ? 0 : least->next;
      break;
    }
    plan.begin = segments[i + 1].name.start;
    ++plan.segments;
    plan.bytes += segment.seal.bytes;
    plan.events += segment.seal.events;
  }
  return plan;
}

Status trim_partition(const std::string& partition_dir, const TrimMark& mark) {
  RCML_TRY(const TrimMark before, read_trim_mark(partition_dir));
  const int64_t begin = std::max(mark.begin, before.begin);
  if (begin > before.begin) RCML_OK(write_small_file(partition_dir, kTrimMarkFile, to_json(mark)));
  crash_point("spool.trim_marked");
  RCML_TRY(const std::vector<std::string> names, files_below(partition_dir, begin));
  for (const std::string& name : names) {
    const std::string path = partition_dir + "/" + name;
    if (unlink(path.c_str()) != 0 && errno != ENOENT) return os_error("remove", path);
    crash_point("spool.trim_removed");
  }
  return names.empty() ? Status() : sync_dir(partition_dir);
}

Status trim_spool(const std::string& dir, const std::vector<KnownLake>& asked, const std::vector<TrimMark>& marks) {
  RCML_TRY([[maybe_unused]] const File lock, lock_for_trim(dir));
  RCML_TRY(const std::vector<KnownLake> known, read_known_lakes(dir));
  for (const KnownLake& lake : known) {
    if (std::find(asked.begin(), asked.end(), lake) != asked.end()) continue;
    return unavailable("a stream into the lake " + lake.url + " has started since this trim asked the lakes how far " +
                           "they are; nothing was removed",
                       "Run the trim again");
  }
  for (size_t i = 0; i < marks.size(); ++i)
    RCML_OK(trim_partition(partition_dir(dir, Partition(static_cast<int32_t>(i))), marks[i]));
  return {};
}

}  // namespace rcml::broker::spool

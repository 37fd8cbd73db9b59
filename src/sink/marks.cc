#include "sink/marks.h"

#include <algorithm>
#include <charconv>

namespace rcml::sink {
namespace {

template <class Int>
bool parse_whole(std::string_view text, Int& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string marks_prefix(const std::string& group, const std::string& topic) { return group + "/" + topic + "/"; }

std::string mark_app(const std::string& group, const std::string& topic, Partition partition) {
  return marks_prefix(group, topic) + std::to_string(partition.value);
}

std::string gap_app(const std::string& group, const std::string& topic, Partition partition, Offset first_missing) {
  return mark_app(group, topic, partition) + "/gap/" + std::to_string(first_missing.value);
}

Progress progress_of(const lake::Marks& marks, const std::string& group, const std::string& topic) {
  const std::string prefix = marks_prefix(group, topic);
  Progress progress;
  for (const auto& [app, version] : marks) {
    if (!app.starts_with(prefix)) continue;
    const std::string_view rest = std::string_view(app).substr(prefix.size());
    const size_t gap_at = rest.find("/gap/");
    int32_t partition = 0;
    if (!parse_whole(rest.substr(0, gap_at), partition)) continue;
    if (gap_at == std::string_view::npos) {
      progress.next[Partition(partition)] = Offset(version);
      continue;
    }
    int64_t first_missing = 0;
    if (parse_whole(rest.substr(gap_at + 5), first_missing)) {
      progress.gaps.push_back({Partition(partition), Offset(first_missing), Offset(version)});
    }
  }
  return progress;
}

std::string adopted_app(const std::string& group, const std::string& topic, const std::string& writer) {
  return marks_prefix(group, topic) + "adopted/" + writer;
}

std::vector<WriterMark> writers_not_adopted(const lake::Marks& clicks, const lake::Marks& rejects,
                                            const std::string& group, const std::string& topic) {
  const std::string prefix = marks_prefix(group, topic) + "spark/";
  std::map<std::string, int64_t> newest;
  for (const lake::Marks* marks : {&clicks, &rejects}) {
    for (const auto& [app, batch] : *marks) {
      if (!app.starts_with(prefix)) continue;
      const std::string rest = app.substr(prefix.size());
      int64_t& known = newest.try_emplace(rest.substr(0, rest.find('/')), -1).first->second;
      known = std::max(known, batch);
    }
  }
  std::vector<WriterMark> writers;
  for (const auto& [name, batch] : newest) {
    const auto adopted = clicks.find(adopted_app(group, topic, name));
    if (adopted == clicks.end() || adopted->second < batch) writers.push_back({name, batch});
  }
  return writers;
}

Status check_adopted(const lake::Marks& clicks, const lake::Marks& rejects, const std::string& group,
                     const std::string& topic) {
  const std::vector<WriterMark> writers = writers_not_adopted(clicks, rejects, group, topic);
  if (writers.empty()) return {};
  return needs_person("the Spark query " + writers.front().name + " has written rows of " + topic +
                          " to this lake which the marks of group " + group + " do not know of",
                      "Stop Spark, then set the marks: rcml lake adopt");
}

Result<StartPlan> plan_start(Partition partition, const broker::OffsetRange& range,
                             const std::map<Partition, Offset>& marks, bool may_resume_after_gap,
                             const std::string& log_name) {
  const auto mark = marks.find(partition);
  if (mark == marks.end()) return StartPlan{.next = range.begin};
  const Offset next = mark->second;
  const std::string where = "partition " + std::to_string(partition.value) + " of " + log_name;
  if (next > range.end) {
    return needs_person("the lake has read " + where + " up to offset " + std::to_string(next.value) +
                            ", but it ends at " + std::to_string(range.end.value) +
                            ": it was deleted and made anew, or another log is named",
                        "Name the log the lake was filled from, or read the new one as another one: --group NEW_NAME");
  }
  if (next >= range.begin) return StartPlan{.next = next};
  if (!may_resume_after_gap) {
    return needs_person("offsets " + std::to_string(next.value) + " to " + std::to_string(range.begin.value - 1) +
                            " of " + where + " are gone: they were deleted before the lake had read them",
                        "To go on after the hole and have it written down for the audit: --on-gap resume");
  }
  return StartPlan{.kind = StartKind::gap, .next = range.begin, .first_missing = next};
}

}  // namespace rcml::sink

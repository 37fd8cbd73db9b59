#include "sink/marks.h"

#include <algorithm>
#include <charconv>

#include "core/fnv1a.h"
#include "lake/file_name.h"

namespace rcml::sink {
namespace {

template <class Int>
bool parse_whole(std::string_view text, Int& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

// 53 bits, so that it is a whole number to every reader of JSON.
int64_t hash_of(std::string_view id) { return static_cast<int64_t>(fnv1a(id) >> 11); }

// The id whose hash the mark `app` has; earlier ones of the same log stand beside it.
std::string log_in(const lake::Marks& marks, const std::string& app) {
  const std::string prefix = app + "/";
  for (auto mark = marks.lower_bound(prefix); mark != marks.end() && mark->first.starts_with(prefix); ++mark) {
    std::string id = mark->first.substr(prefix.size());
    if (hash_of(id) == marks.at(app)) return id;
  }
  return {};
}

// A broker may give its topics ids one day, or not let us ask for them any more: then the cluster has to do.
bool is_same_log(const std::string& a, const std::string& b) {
  return a == b || a.starts_with(b + "/") || b.starts_with(a + "/");
}

// Of "<group>/<topic>/<partition>"; empty for any other mark. A topic has no slash, a group may.
std::string log_of_mark(const std::string& app) {
  const size_t end = app.rfind('/');
  int32_t partition = 0;
  if (end == std::string::npos || end == 0 || !parse_whole(std::string_view(app).substr(end + 1), partition)) return {};
  const size_t begin = app.rfind('/', end - 1);
  return begin == std::string::npos ? std::string() : app.substr(begin + 1, end - begin - 1);
}

Error other_log(const std::string& name, const std::string& known, const std::string& group,
                const std::string& log_id) {
  return needs_person("the lake has read another log named " + name + " (" + known + ") in the group " + group +
                          "; this one is " + log_id,
                      "Name the log that the lake was filled from. To read this one into the lake as well, give it "
                      "another name: --source-name NAME. If it is the same log, restored or moved with its offsets: "
                      "rcml lake adopt --same-log");
}

}  // namespace

std::string marks_prefix(const std::string& group, const std::string& topic) { return group + "/" + topic + "/"; }

std::string mark_app(const std::string& group, const std::string& topic, Partition partition) {
  return marks_prefix(group, topic) + std::to_string(partition.value);
}

std::string gap_app(const std::string& group, const std::string& topic, Partition partition, Offset first_missing) {
  return mark_app(group, topic, partition) + "/gap/" + std::to_string(first_missing.value);
}

int64_t value_in(const lake::Marks& marks, const std::string& app) {
  const auto mark = marks.find(app);
  return mark == marks.end() ? -1 : mark->second;
}

bool is_offset_mark(const std::string& app) {
  int64_t number = 0;
  return parse_whole(std::string_view(app).substr(app.rfind('/') + 1), number);
}

std::string log_app(const std::string& group, const std::string& topic) { return marks_prefix(group, topic) + "log"; }

lake::Marks log_marks(const lake::Marks& marks, const std::string& group, const std::string& topic,
                      const std::string& log_id, bool is_same) {
  const std::string app = log_app(group, topic);
  if (log_id.empty()) return {};
  // A broker that gives its topics ids by now is written down again.
  const bool is_more = marks.contains(app) && log_id.starts_with(log_in(marks, app) + "/");
  const bool is_other = marks.contains(app) && marks.at(app) != hash_of(log_id);
  if (marks.contains(app) && !is_more && !(is_other && is_same)) return {};
  return {{app, hash_of(log_id)}, {app + "/" + log_id, 1}};
}

Status check_log(const lake::Marks& marks, const std::string& group, const std::string& topic,
                 const std::string& log_id) {
  const std::string app = log_app(group, topic);
  const auto mark = marks.find(app);
  if (mark == marks.end() || mark->second == hash_of(log_id)) return {};
  const std::string known = log_in(marks, app);
  if (log_id.empty()) return other_log(topic, known, group, "not known: it cannot be written beside it");
  if (is_same_log(known, log_id)) return {};
  return other_log(topic, known, group, log_id);
}

Status check_name(const lake::Marks& marks, const std::string& group, const std::string& topic,
                  const std::string& log_id) {
  const std::string prefix = marks_prefix(group, topic);
  const auto own = marks.lower_bound(prefix);
  const bool has_read = own != marks.end() && own->first.starts_with(prefix);
  if (has_read) return {};
  const std::string end = "/" + topic + "/log";
  for (const auto& [app, hash] : marks) {
    const std::string other = log_of_mark(app);
    if (!other.empty() && other != topic && lake::log_name_in_files(other) == lake::log_name_in_files(topic)) {
      return needs_person("the lake has read a log named " + other + ", whose files have the same names as those of " +
                              topic + " would have",
                          "Give this one another name: --source-name NAME");
    }
    if (!app.ends_with(end) || hash == hash_of(log_id)) continue;
    const std::string known = log_in(marks, app);
    if (log_id.empty()) return other_log(topic, known, app.substr(0, app.size() - end.size()), "not known");
    if (!is_same_log(known, log_id)) return other_log(topic, known, app.substr(0, app.size() - end.size()), log_id);
  }
  return {};
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
    return needs_person(
        "the lake has read " + where + " up to offset " + std::to_string(next.value) + ", but it ends at " +
            std::to_string(range.end.value) + ": it was deleted and created again, or another log is named",
        "Name the log the lake was filled from, or read this one under another name: --source-name NAME");
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

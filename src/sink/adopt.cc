#include "sink/adopt.h"

#include <algorithm>
#include <map>
#include <utility>

#include "lake/file_name.h"
#include "lake/parquet/position_reader.h"
#include "sink/log_identity.h"
#include "sink/log_reader.h"
#include "sink/marks.h"

namespace rcml::sink {
namespace {

using Findings = std::map<Partition, PartitionFinding>;

constexpr size_t kGapsTold = 5;

Result<Findings> open_findings(broker::EventSource& source, const Progress& progress) {
  Findings findings;
  RCML_TRY(const std::vector<Partition> partitions, source.partitions());
  for (const Partition partition : partitions) {
    RCML_TRY(const broker::OffsetRange range, source.range(partition));
    const auto mark = progress.next.find(partition);
    PartitionFinding finding{.partition = partition, .log = range};
    finding.from = mark == progress.next.end() ? range.begin : mark->second;
    findings[partition] = std::move(finding);
  }
  return findings;
}

Status read_log_into(broker::EventSource& source, Findings& findings) {
  std::map<Partition, broker::OffsetRange> spans;
  for (const auto& [partition, finding] : findings)
    spans[partition] = {std::max(finding.from, finding.log.begin), finding.log.end};
  return read_log(source, spans, [&](Partition partition, const contract::SourceEvent& event) {
    if (!event.is_tombstone) findings.at(partition).events.push_back(event.offset.value);
  });
}

Status read_positions_into(const lake::Table& table, const std::string& log_name, Findings& findings,
                           std::vector<int64_t> PartitionFinding::* list) {
  RCML_TRY(const std::vector<lake::DataFile> files, table.live_files());
  for (const lake::DataFile& file : files) {
    if (!lake::is_file_of_log(file.path, log_name)) continue;
    RCML_OK(lake::read_positions(table.location(), file.path, [&](Partition partition, Offset offset) {
      const auto finding = findings.find(partition);
      if (finding != findings.end() && offset >= finding->second.from) (finding->second.*list).push_back(offset.value);
    }));
  }
  return {};
}

std::string gaps_text(const std::vector<Gap>& gaps) {
  std::string text;
  for (size_t i = 0; i < gaps.size() && i < kGapsTold; ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(gaps[i].first_missing.value) + " to " +
            std::to_string(gaps[i].resumed_at.value - 1);
  }
  return gaps.size() > kGapsTold ? text + " and " + std::to_string(gaps.size() - kGapsTold) + " more" : text;
}

Status check_plan(const Adoption& plan, const std::string& log_name, bool may_leave_gaps) {
  const std::string where = "partition " + std::to_string(plan.partition.value) + " of " + log_name;
  if (plan.beyond > 0) {
    return needs_person("the lake holds " + std::to_string(plan.beyond) + " positions beyond the end of " + where,
                        "Name the log that the lake was filled from with --from");
  }
  if (plan.doubled > 0) {
    return needs_person("the lake holds " + std::to_string(plan.doubled) + " positions of " + where +
                            " more than once: two writers were at work at one time",
                        "Take the rows of one of them out of the lake, e.g. by restoring it to a version before");
  }
  if (!plan.gaps.empty() && !may_leave_gaps) {
    return needs_person(
        "events of " + where + " are missing before the last row of the lake: offsets " + gaps_text(plan.gaps),
        "Find out who lost them. To go on without them and have the holes written down for the audit: "
        "--on-gap resume");
  }
  return {};
}

// Marks that are to be set, and what they are now.
struct MarkChange {
  lake::Marks wanted;
  lake::Marks expected;

  // An offset or a batch, which only grows.
  void raise(const lake::Marks& now, const std::string& app, int64_t version) {
    if (value_in(now, app) < version) set(now, app, version);
  }

  void set(const lake::Marks& now, const std::string& app, int64_t version) {
    wanted[app] = version;
    expected[app] = value_in(now, app);
  }
};

Status set_marks(lake::Table& table, const MarkChange& change, const CommitLimits& limits) {
  if (change.wanted.empty()) return {};
  lake::CommitRequest request;
  request.marks = change.wanted;
  request.operation = "ADOPT";
  RCML_TRY(const CommitReport report, commit_exactly_once(table, request, change.expected, limits));
  if (is_ours(report.verdict)) return {};
  return needs_person("somebody wrote to " + table.location().url() + " meanwhile",
                      "Stop every stream into this lake, then run this again");
}

struct BothMarks {
  lake::Marks clicks;
  lake::Marks rejects;
};

std::pair<MarkChange, MarkChange> plan_marks(const BothMarks& now, const std::vector<Adoption>& plans,
                                             const std::string& group, const std::string& topic,
                                             const std::string& log_id, bool is_same_log) {
  MarkChange clicks;
  MarkChange rejects;
  for (const auto& [app, version] : log_marks(now.clicks, group, topic, log_id, is_same_log))
    clicks.set(now.clicks, app, version);
  for (const auto& [app, version] : log_marks(now.rejects, group, topic, log_id, is_same_log))
    rejects.set(now.rejects, app, version);
  for (const Adoption& plan : plans) {
    const std::string app = mark_app(group, topic, plan.partition);
    if (plan.rows + plan.rejects > 0) clicks.raise(now.clicks, app, plan.clicks_next.value);
    if (plan.rejects > 0) rejects.raise(now.rejects, app, plan.rejects_next.value);
    for (const Gap& gap : plan.gaps)
      clicks.raise(now.clicks, gap_app(group, topic, gap.partition, gap.first_missing), gap.resumed_at.value);
  }
  for (const WriterMark& writer : writers_not_adopted(now.clicks, now.rejects, group, topic))
    clicks.raise(now.clicks, adopted_app(group, topic, writer.name), writer.batch);
  return {std::move(clicks), std::move(rejects)};
}

}  // namespace

Result<AdoptReport> adopt(broker::EventSource& source, lake::LakeTables& tables, const AdoptOptions& options) {
  const std::string prefix = marks_prefix(options.group, source.name());
  BothMarks now;
  RCML_TRY(now.clicks, tables.clicks->marks(prefix));
  RCML_TRY(now.rejects, tables.rejects->marks(prefix));
  RCML_TRY(const std::string log_id, options.is_same_log ? source.id() : check_identity(source, tables, options.group));
  RCML_TRY(Findings findings, open_findings(source, progress_of(now.clicks, options.group, source.name())));
  RCML_OK(read_positions_into(*tables.clicks, source.name(), findings, &PartitionFinding::rows));
  RCML_OK(read_positions_into(*tables.rejects, source.name(), findings, &PartitionFinding::rejects));
  RCML_OK(read_log_into(source, findings));

  AdoptReport report;
  for (auto& [partition, finding] : findings) {
    report.partitions.push_back(plan_adoption(std::move(finding)));
    RCML_OK(check_plan(report.partitions.back(), source.name(), options.may_leave_gaps));
  }
  const auto [clicks, rejects] =
      plan_marks(now, report.partitions, options.group, source.name(), log_id, options.is_same_log);
  report.is_changed = !clicks.wanted.empty() || !rejects.wanted.empty();
  if (options.is_dry_run) return report;
  // Rejects first, as everywhere: in between, their marks are ahead, and a stream looks at what is there already.
  RCML_OK(set_marks(*tables.rejects, rejects, options.commit));
  RCML_OK(set_marks(*tables.clicks, clicks, options.commit));
  return report;
}

}  // namespace rcml::sink

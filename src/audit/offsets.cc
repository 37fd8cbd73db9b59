#include "audit/offsets.h"

#include <algorithm>
#include <limits>
#include <map>

#include "lake/file_name.h"
#include "lake/parquet/position_reader.h"
#include "sink/log_reader.h"
#include "sink/marks.h"
#include "sink/replay.h"

namespace rcml::audit {
namespace {

constexpr const char* kCheck = "offsets";
constexpr const char* kAbsences = "absences";

using PositionsByPartition = std::map<Partition, LakePositions>;

Status read_table(const lake::Table& table, const std::string& log_name, PositionsByPartition& found,
                  std::vector<int64_t> LakePositions::* list) {
  RCML_TRY(const std::vector<lake::DataFile> files, table.live_files());
  for (const lake::DataFile& file : files) {
    if (!lake::is_file_of_log(file.path, log_name)) continue;
    RCML_OK(lake::read_positions(table.location(), file.path, [&](Partition partition, Offset offset) {
      (found[partition].*list).push_back(offset.value);
    }));
  }
  return {};
}

// Rejects are committed before clicks: those between the marks of both belong to a commit under way, or one that a
// restart will finish. Their events are still to come.
Status leave_out_half_done(const lake::LakeTables& tables, const std::string& group, const std::string& log_name,
                           const std::map<Partition, PartitionAccount>& accounts, PositionsByPartition& held) {
  RCML_TRY(const lake::Marks marks, tables.rejects->marks(sink::marks_prefix(group, log_name)));
  for (const auto& [partition, set_aside_to] : sink::progress_of(marks, group, log_name).next) {
    const auto account = accounts.find(partition);
    if (account == accounts.end()) continue;
    std::erase_if(held[partition].rejects, [&, to = set_aside_to.value](int64_t offset) {
      return offset >= account->second.next && offset < to;
    });
  }
  return {};
}

// One account for each partition the log or the lake knows.
Result<std::map<Partition, PartitionAccount>> open_accounts(broker::EventSource& source, const sink::Progress& progress,
                                                            Report& report) {
  std::map<Partition, PartitionAccount> accounts;
  RCML_TRY(const std::vector<Partition> partitions, source.partitions());
  for (const Partition partition : partitions) {
    RCML_TRY(const broker::OffsetRange range, source.range(partition));
    const auto mark = progress.next.find(partition);
    PartitionAccount account{.partition = partition.value, .begin = range.begin.value, .end = range.end.value};
    account.next = mark == progress.next.end() ? range.begin.value : mark->second.value;
    if (account.next > account.end) {
      add_finding(report, kCheck,
                  "partition " + std::to_string(partition.value) + ": the lake has read to " +
                      std::to_string(account.next) + " but the log ends at " + std::to_string(account.end));
      ++account.unknown;
      account.next = account.end;
    }
    accounts[partition] = account;
  }
  for (const auto& [partition, next] : progress.next) {
    if (accounts.contains(partition)) continue;
    add_finding(report, kCheck, "partition " + std::to_string(partition.value) + " is in the lake but not in the log");
    accounts[partition] = {.partition = partition.value, .next = next.value, .unknown = 1};
  }
  return accounts;
}

std::string explanation_of(broker::AbsenceCause cause) {
  switch (cause) {
    case broker::AbsenceCause::compaction: return "the topic is compacted";
    case broker::AbsenceCause::transactions: return "transactions take offsets";
    case broker::AbsenceCause::expected: return "as a person expects";
    case broker::AbsenceCause::none: return "the topic is not compacted, and nobody uses transactions";
    case broker::AbsenceCause::unknown:
    case broker::AbsenceCause::cause_count: break;
  }
  return "the broker does not tell whether that is normal";
}

Check absences_of(const std::map<Partition, PartitionAccount>& accounts, broker::AbsenceCause cause) {
  int64_t absent = 0;
  int64_t unexplained = 0;
  for (const auto& [partition, account] : accounts) {
    absent += account.absent;
    unexplained += account.unexplained;
  }
  return {kAbsences, unexplained == 0,
          std::to_string(absent + unexplained) + " offsets without an event: " + explanation_of(cause)};
}

std::string text_of(Partition partition, const broker::OffsetRange& run) {
  const int64_t last = run.end.value - 1;
  return "partition " + std::to_string(partition.value) + ", offset " + std::to_string(run.begin.value) +
         (last > run.begin.value ? " to " + std::to_string(last) : "") + ": no event, and nothing explains it";
}

Check summary_of(const std::map<Partition, PartitionAccount>& accounts) {
  PartitionAccount sum;
  int64_t to_come = 0;
  for (const auto& [partition, account] : accounts) {
    sum.committed += account.committed;
    sum.replayed += account.replayed;
    sum.rejected += account.rejected;
    sum.tombstones += account.tombstones;
    sum.absent += account.absent;
    sum.unexplained += account.unexplained;
    sum.in_gaps += account.in_gaps;
    sum.expired += account.expired;
    sum.missing += account.missing;
    sum.doubled += account.doubled;
    sum.unknown += account.unknown;
    to_come += account.end - account.next;
  }
  const auto part = [](int64_t count, const char* name) { return std::to_string(count) + " " + name; };
  std::string text =
      std::to_string(accounts.size()) + " partitions: " + part(sum.committed, "rows, ") +
      (sum.replayed > 0 ? part(sum.replayed, "of them replayed, ") : "") + part(sum.rejected, "rejects, ") +
      part(sum.tombstones, "tombstones, ") + part(sum.absent, "absent, ") +
      (sum.unexplained > 0 ? part(sum.unexplained, "absent without a cause, ") : "") +
      part(sum.in_gaps, "in allowed gaps, ") + part(sum.expired, "expired, ") + part(sum.missing, "missing, ") +
      part(sum.doubled, "doubled, ") + part(sum.unknown, "unknown, ") + part(to_come, "still to come");
  return {kCheck, sum.missing == 0 && sum.doubled == 0 && sum.unknown == 0, std::move(text)};
}

}  // namespace

PartitionWalk::PartitionWalk(PartitionAccount& account, LakePositions& held, int64_t begin, Report report)
    : account_(account), held_(held), report_(std::move(report)), next_(begin) {
  std::sort(held_.rows.begin(), held_.rows.end());
  std::sort(held_.rejects.begin(), held_.rejects.end());
  const auto expired = [&](const std::vector<int64_t>& held_list, size_t& at) {
    at = static_cast<size_t>(std::lower_bound(held_list.begin(), held_list.end(), begin) - held_list.begin());
    account_.expired += static_cast<int64_t>(at);
    for (size_t i = 1; i < at; ++i) account_.doubled += held_list[i] == held_list[i - 1];
  };
  expired(held_.rows, rows_at_);
  expired(held_.rejects, rejects_at_);
}

void PartitionWalk::allow(const sink::Gap& gap) {
  gaps_.push_back(gap);
  std::sort(gaps_.begin(), gaps_.end(),
            [](const sink::Gap& a, const sink::Gap& b) { return a.first_missing < b.first_missing; });
}

void PartitionWalk::expect_every_offset(int64_t next, AbsentReport report) {
  absent_report_ = std::move(report);
  end_ = next;
}

int64_t PartitionWalk::take(const std::vector<int64_t>& held, size_t& at, int64_t offset) {
  int64_t count = 0;
  for (; at < held.size() && held[at] == offset; ++at) ++count;
  return count;
}

void PartitionWalk::pass_unknown(int64_t below) {
  const auto pass = [&](const std::vector<int64_t>& held, size_t& at, const char* table) {
    for (; at < held.size() && held[at] < below; ++at) {
      ++account_.unknown;
      report_("partition " + std::to_string(account_.partition) + ": " + table + " hold offset " +
              std::to_string(held[at]) + ", where the log has no event");
    }
  };
  pass(held_.rows, rows_at_, "clicks");
  pass(held_.rejects, rejects_at_, "rejects");
}

// What a person allowed is accounted for as a gap.
void PartitionWalk::pass_absent(int64_t below) {
  if (!absent_report_ || below <= next_) return;
  for (const sink::Gap& gap : gaps_) {
    note_absent({Offset(next_), std::min(Offset(below), gap.first_missing)});
    next_ = std::max(next_, std::min(below, gap.resumed_at.value));
  }
  note_absent({Offset(next_), Offset(below)});
  next_ = below;
}

void PartitionWalk::note_absent(const broker::OffsetRange& run) {
  if (run.begin >= run.end) return;
  account_.absent += run.end.value - run.begin.value;
  absent_report_(run);
}

bool PartitionWalk::is_replay(int64_t rows, int64_t rejects) {
  if (rows != 1 || rejects != 1 || replays_left_ == nullptr || *replays_left_ == 0) return false;
  --*replays_left_;
  ++account_.replayed;
  return true;
}

void PartitionWalk::event(int64_t offset) {
  pass_unknown(offset);
  pass_absent(offset);
  next_ = std::max(next_, offset + 1);
  const int64_t rows = take(held_.rows, rows_at_, offset);
  const int64_t rejects = take(held_.rejects, rejects_at_, offset);
  if (rows > 0) ++account_.committed;
  else if (rejects > 0) ++account_.rejected;
  const std::string where = "partition " + std::to_string(account_.partition) + ", offset " + std::to_string(offset);
  if (rows + rejects == 0) {
    const bool is_allowed = std::any_of(gaps_.begin(), gaps_.end(), [&](const sink::Gap& gap) {
      return offset >= gap.first_missing.value && offset < gap.resumed_at.value;
    });
    if (is_allowed) return;
    ++account_.missing;
    report_(where + ": the event is in the log and nowhere in the lake");
  } else if (rows + rejects > 1 && !is_replay(rows, rejects)) {
    ++account_.doubled;
    report_(where + ": " + std::to_string(rows) + " times in clicks, " + std::to_string(rejects) + " times in rejects");
  }
}

void PartitionWalk::tombstone(int64_t offset) {
  pass_unknown(offset);
  pass_absent(offset);
  next_ = std::max(next_, offset + 1);
  ++account_.tombstones;
}

void PartitionWalk::finish() {
  pass_unknown(std::numeric_limits<int64_t>::max());
  pass_absent(end_);
}

namespace {

using Walks = std::map<Partition, std::unique_ptr<PartitionWalk>>;

Walks make_walks(std::map<Partition, PartitionAccount>& accounts, PositionsByPartition& held,
                 const std::vector<sink::Gap>& gaps, Report& report) {
  Walks walks;
  for (auto& [partition, account] : accounts) {
    walks[partition] = std::make_unique<PartitionWalk>(
        account, held[partition], account.begin, [&](const std::string& text) { add_finding(report, kCheck, text); });
  }
  for (const sink::Gap& gap : gaps) {
    accounts[gap.partition].in_gaps += gap.resumed_at.value - gap.first_missing.value;
    if (walks.contains(gap.partition)) walks[gap.partition]->allow(gap);
  }
  return walks;
}

void expect_every_offset(const std::map<Partition, PartitionAccount>& accounts, broker::AbsenceCause cause,
                         const Walks& walks, Report& report) {
  for (const auto& [partition, walk] : walks) {
    walk->expect_every_offset(accounts.at(partition).next, [&report, cause, where = partition](const auto& run) {
      if (cause == broker::AbsenceCause::none) add_finding(report, kAbsences, text_of(where, run));
    });
  }
}

}  // namespace

Status check_offsets(broker::EventSource& source, const lake::LakeTables& tables, const std::string& group,
                     Report& report) {
  RCML_TRY(const lake::Marks marks, tables.clicks->marks(sink::marks_prefix(group, source.name())));
  const sink::Progress progress = sink::progress_of(marks, group, source.name());
  RCML_TRY(auto accounts, open_accounts(source, progress, report));
  PositionsByPartition held;
  RCML_OK(read_table(*tables.clicks, source.name(), held, &LakePositions::rows));
  RCML_OK(read_table(*tables.rejects, source.name(), held, &LakePositions::rejects));
  RCML_OK(leave_out_half_done(tables, group, source.name(), accounts, held));
  const Walks walks = make_walks(accounts, held, progress.gaps, report);
  RCML_TRY(const std::optional<int64_t> replayed, tables.clicks->mark(sink::kReplayMark));
  int64_t replays_left = replayed.value_or(0);
  for (const auto& [partition, walk] : walks) walk->allow_replays(replays_left);
  const broker::AbsenceCause cause = source.absence_cause();
  if (source.has_dense_offsets()) expect_every_offset(accounts, cause, walks, report);
  std::map<Partition, broker::OffsetRange> spans;
  for (const auto& [partition, account] : accounts) spans[partition] = {Offset(account.begin), Offset(account.next)};
  RCML_OK(sink::read_log(source, spans, [&](Partition partition, const contract::SourceEvent& event) {
    PartitionWalk& walk = *walks.at(partition);
    if (event.is_tombstone) walk.tombstone(event.offset.value);
    else walk.event(event.offset.value);
  }));
  for (const auto& [partition, walk] : walks) walk->finish();
  if (cause == broker::AbsenceCause::none) {
    for (auto& [partition, account] : accounts) std::swap(account.absent, account.unexplained);
  }
  report.checks.push_back(summary_of(accounts));
  if (source.has_dense_offsets()) report.checks.push_back(absences_of(accounts, cause));
  for (const auto& [partition, account] : accounts) report.partitions.push_back(account);
  return {};
}

}  // namespace rcml::audit

#include "audit/offsets.h"

#include <algorithm>
#include <limits>
#include <map>

#include "lake/parquet/position_reader.h"
#include "sink/file_name.h"
#include "sink/marks.h"
#include "sink/replay.h"

namespace rcml::audit {
namespace {

constexpr const char* kCheck = "offsets";
constexpr Millis kPollWait{200};
constexpr int kIdlePollsMax = 150;  // 30 s without an event below the mark: the log does not give what it should have.

using PositionsByPartition = std::map<Partition, LakePositions>;

Status read_table(const lake::Table& table, const std::string& log_name, PositionsByPartition& found,
                  std::vector<int64_t> LakePositions::* list) {
  RCML_TRY(const std::vector<lake::DataFile> files, table.live_files());
  for (const lake::DataFile& file : files) {
    if (!sink::is_file_of_log(file.path, log_name)) continue;
    RCML_OK(lake::read_positions(table.location(), file.path, [&](Partition partition, Offset offset) {
      (found[partition].*list).push_back(offset.value);
    }));
  }
  return {};
}

// Consumes a source's polls as plain events of one partition after another would be too slow for many partitions: the
// walks of all partitions go on side by side, each until its mark.
class LogReader {
 public:
  LogReader(broker::EventSource& source, std::map<Partition, PartitionAccount>& accounts,
            std::map<Partition, std::unique_ptr<PartitionWalk>>& walks)
      : source_(source), accounts_(accounts), walks_(walks) {}

  Status read_to_marks() {
    for (const auto& [partition, account] : accounts_) position_[partition] = account.begin;
    for (int idle = 0; !is_done() && idle < kIdlePollsMax;) {
      RCML_TRY(const broker::Polled polled, source_.poll(kPollWait));
      if (polled.kind == broker::PollKind::assigned) RCML_OK(seek_all());
      if (polled.kind != broker::PollKind::events) {
        ++idle;
        continue;
      }
      idle = 0;
      take(polled.batch);
    }
    if (!is_done())
      return unavailable("the log gave no more events before the lake's marks were reached",
                         "Check the log and run the audit again");
    return {};
  }

 private:
  bool is_done() const {
    return std::all_of(position_.begin(), position_.end(),
                       [&](const auto& at) { return at.second >= accounts_.at(at.first).next; });
  }

  Status seek_all() {
    for (const auto& [partition, position] : position_) RCML_OK(source_.seek(partition, Offset(position)));
    return {};
  }

  void take(const broker::EventBatch& batch) {
    const auto walk = walks_.find(batch.partition);
    if (walk == walks_.end()) return;
    const int64_t mark = accounts_.at(batch.partition).next;
    for (const contract::SourceEvent& event : batch.events) {
      if (event.offset.value >= mark) break;
      if (event.is_tombstone) walk->second->tombstone(event.offset.value);
      else walk->second->event(event.offset.value);
    }
    position_[batch.partition] = batch.next.value;
  }

  broker::EventSource& source_;
  std::map<Partition, PartitionAccount>& accounts_;
  std::map<Partition, std::unique_ptr<PartitionWalk>>& walks_;
  std::map<Partition, int64_t> position_;
};

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

void settle(const sink::Progress& progress, std::map<Partition, PartitionAccount>& accounts, bool offsets_are_dense) {
  for (const sink::Gap& gap : progress.gaps)
    accounts[gap.partition].in_gaps += gap.resumed_at.value - gap.first_missing.value;
  if (!offsets_are_dense) return;
  for (auto& [partition, account] : accounts) {
    const int64_t read = std::max<int64_t>(0, account.next - account.begin);
    const int64_t events = account.committed + account.rejected + account.tombstones + account.missing;
    account.absent = std::max<int64_t>(0, read - events);
  }
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
    sum.in_gaps += account.in_gaps;
    sum.expired += account.expired;
    sum.missing += account.missing;
    sum.doubled += account.doubled;
    sum.unknown += account.unknown;
    to_come += account.end - account.next;
  }
  const auto part = [](int64_t count, const char* name) { return std::to_string(count) + " " + name; };
  std::string text = std::to_string(accounts.size()) + " partitions: " + part(sum.committed, "rows, ") +
                     (sum.replayed > 0 ? part(sum.replayed, "of them replayed, ") : "") +
                     part(sum.rejected, "rejects, ") + part(sum.tombstones, "tombstones, ") +
                     part(sum.absent, "absent, ") + part(sum.in_gaps, "in allowed gaps, ") +
                     part(sum.expired, "expired, ") + part(sum.missing, "missing, ") + part(sum.doubled, "doubled, ") +
                     part(sum.unknown, "unknown, ") + part(to_come, "still to come");
  return {kCheck, sum.missing == 0 && sum.doubled == 0 && sum.unknown == 0, std::move(text)};
}

}  // namespace

PartitionWalk::PartitionWalk(PartitionAccount& account, LakePositions& held, int64_t begin, Report report)
    : account_(account), held_(held), report_(std::move(report)) {
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

bool PartitionWalk::is_replay(int64_t rows, int64_t rejects) {
  if (rows != 1 || rejects != 1 || replays_left_ == nullptr || *replays_left_ == 0) return false;
  --*replays_left_;
  ++account_.replayed;
  return true;
}

void PartitionWalk::event(int64_t offset) {
  pass_unknown(offset);
  const int64_t rows = take(held_.rows, rows_at_, offset);
  const int64_t rejects = take(held_.rejects, rejects_at_, offset);
  if (rows > 0) ++account_.committed;
  else if (rejects > 0) ++account_.rejected;
  const std::string where = "partition " + std::to_string(account_.partition) + ", offset " + std::to_string(offset);
  if (rows + rejects == 0) {
    ++account_.missing;
    report_(where + ": the event is in the log and nowhere in the lake");
  } else if (rows + rejects > 1 && !is_replay(rows, rejects)) {
    ++account_.doubled;
    report_(where + ": " + std::to_string(rows) + " times in clicks, " + std::to_string(rejects) + " times in rejects");
  }
}

void PartitionWalk::tombstone(int64_t offset) {
  pass_unknown(offset);
  ++account_.tombstones;
}

void PartitionWalk::finish() { pass_unknown(std::numeric_limits<int64_t>::max()); }

Status check_offsets(broker::EventSource& source, const lake::LakeTables& tables, const std::string& group,
                     Report& report) {
  RCML_TRY(const lake::Marks marks, tables.clicks->marks(sink::marks_prefix(group, source.name())));
  const sink::Progress progress = sink::progress_of(marks, group, source.name());
  RCML_TRY(auto accounts, open_accounts(source, progress, report));
  PositionsByPartition held;
  RCML_OK(read_table(*tables.clicks, source.name(), held, &LakePositions::rows));
  RCML_OK(read_table(*tables.rejects, source.name(), held, &LakePositions::rejects));
  std::map<Partition, std::unique_ptr<PartitionWalk>> walks;
  RCML_TRY(const std::optional<int64_t> replayed, tables.clicks->mark(sink::kReplayMark));
  int64_t replays_left = replayed.value_or(0);
  for (auto& [partition, account] : accounts) {
    walks[partition] = std::make_unique<PartitionWalk>(
        account, held[partition], account.begin, [&](const std::string& text) { add_finding(report, kCheck, text); });
    walks[partition]->allow_replays(replays_left);
  }
  RCML_OK(LogReader(source, accounts, walks).read_to_marks());
  for (auto& [partition, walk] : walks) walk->finish();
  settle(progress, accounts, source.has_dense_offsets());
  report.checks.push_back(summary_of(accounts));
  for (const auto& [partition, account] : accounts) report.partitions.push_back(account);
  return {};
}

}  // namespace rcml::audit

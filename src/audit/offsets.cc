#include "audit/offsets.h"

#include <algorithm>
#include <map>

#include "audit/appended.h"
#include "audit/log_proof.h"
#include "audit/partition_walk.h"
#include "core/clock.h"
#include "core/log.h"
#include "sink/log_reader.h"
#include "sink/replay.h"

namespace rcml::audit {
namespace {

constexpr const char* kCheck = "offsets";
constexpr const char* kAbsences = "absences";

using Accounts = std::map<Partition, PartitionAccount>;

Status read_table(const lake::Table& table, const std::string& log_name, PositionsByPartition& found,
                  std::vector<int64_t> LakePositions::* list) {
  RCML_TRY(const std::vector<lake::DataFile> files, table.live_files());
  return read_files(table, files, log_name, found, list);
}

// One account for each partition the log or the lake knows.
Result<Accounts> open_accounts(broker::EventSource& source, const sink::Progress& progress, Report& report) {
  Accounts accounts;
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

Check absences_of(const Accounts& accounts, broker::AbsenceCause cause) {
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

Check summary_of(const Accounts& accounts) {
  PartitionAccount sum;
  int64_t to_come = 0;
  for (const auto& [partition, account] : accounts) {
    add_counts(account, sum);
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

using Walks = std::map<Partition, std::unique_ptr<PartitionWalk>>;

Walks make_walks(Accounts& accounts, PositionsByPartition& held, const std::vector<sink::Gap>& gaps, Report& report) {
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

void expect_every_offset(const Accounts& accounts, broker::AbsenceCause cause, const Walks& walks, Report& report) {
  for (const auto& [partition, walk] : walks) {
    walk->expect_every_offset(accounts.at(partition).next, [&report, cause, where = partition](const auto& run) {
      if (cause == broker::AbsenceCause::none) add_finding(report, kAbsences, text_of(where, run));
    });
  }
}

// What is compared with the log, and from where on.
struct Held {
  Accounts accounts;
  PositionsByPartition positions;
  std::vector<sink::Gap> gaps;
  int64_t replays_left = 0;
  std::vector<std::pair<Partition, Offset>> half_done;
};

// Rejects are committed before clicks: those between the marks of both belong to a commit under way, or one that a
// restart will finish. Their events are still to come.
Status leave_out_half_done(const lake::LakeTables& tables, const std::string& group, const std::string& log_name,
                           Held& held) {
  RCML_TRY(const lake::Marks marks, tables.rejects->marks(sink::marks_prefix(group, log_name)));
  for (const auto& [partition, set_aside_to] : sink::progress_of(marks, group, log_name).next) {
    const auto account = held.accounts.find(partition);
    if (account == held.accounts.end()) continue;
    std::erase_if(held.positions[partition].rejects, [&, to = set_aside_to.value, where = partition](int64_t offset) {
      const bool is_half_done = offset >= account->second.next && offset < to;
      if (is_half_done) held.half_done.emplace_back(where, offset);
      return is_half_done;
    });
  }
  return {};
}

// Reads the log from the begin of each account to its mark beside what is held, and adds both checks.
Status compare(broker::EventSource& source, broker::AbsenceCause cause, Held& held, Report& report) {
  Accounts& accounts = held.accounts;
  const Walks walks = make_walks(accounts, held.positions, held.gaps, report);
  for (const auto& [partition, walk] : walks) walk->allow_replays(held.replays_left);
  if (source.has_dense_offsets()) expect_every_offset(accounts, cause, walks, report);
  if (cause == broker::AbsenceCause::compaction) {
    for (const auto& [partition, walk] : walks) walk->allow_compaction();
  }
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
  return {};
}

void add_checks(broker::EventSource& source, broker::AbsenceCause cause, const Accounts& accounts, Report& report) {
  report.checks.push_back(summary_of(accounts));
  if (source.has_dense_offsets()) report.checks.push_back(absences_of(accounts, cause));
  for (const auto& [partition, account] : accounts) report.partitions.push_back(account);
}

// One audit of a log, and where what it proves is kept.
struct LogAudit {
  broker::EventSource& source;
  const lake::LakeTables& tables;
  const OffsetsOptions& options;
  std::string log_id;
  sink::Progress progress;
  int64_t replays = 0;
  broker::AbsenceCause cause = broker::AbsenceCause::unknown;  // Asked of the log's server once.

  const std::string& group() const { return options.group; }
  const std::string& log_name() const { return source.name(); }
};

Result<LogAudit> begin_audit(broker::EventSource& source, const lake::LakeTables& tables,
                             const OffsetsOptions& options) {
  LogAudit audit{source, tables, options, {}, {}, 0, source.absence_cause()};
  RCML_TRY(const lake::Marks marks, tables.clicks->marks(sink::marks_prefix(options.group, source.name())));
  RCML_TRY(audit.log_id, source.id());
  RCML_OK(sink::check_log(marks, options.group, source.name(), audit.log_id));
  audit.progress = sink::progress_of(marks, options.group, source.name());
  RCML_TRY(const std::optional<int64_t> replayed, tables.clicks->mark(sink::kReplayMark));
  audit.replays = replayed.value_or(0);
  return audit;
}

Result<Held> audit_everything(const LogAudit& audit, Report& report) {
  Held held;
  held.gaps = audit.progress.gaps;
  held.replays_left = audit.replays;
  RCML_TRY(held.accounts, open_accounts(audit.source, audit.progress, report));
  RCML_OK(read_table(*audit.tables.clicks, audit.log_name(), held.positions, &LakePositions::rows));
  RCML_OK(read_table(*audit.tables.rejects, audit.log_name(), held.positions, &LakePositions::rejects));
  RCML_OK(leave_out_half_done(audit.tables, audit.group(), audit.log_name(), held));
  RCML_OK(compare(audit.source, audit.cause, held, report));
  add_checks(audit.source, audit.cause, held.accounts, report);
  return held;
}

bool is_about(const LogProof& proof, const LogAudit& audit) {
  return proof.log_id == audit.log_id && proof.clicks_id == audit.tables.clicks->id() &&
         proof.rejects_id == audit.tables.rejects->id() && proof.replays == audit.replays &&
         proof.clicks_version <= audit.tables.clicks->version() &&
         proof.rejects_version <= audit.tables.rejects->version() && !proof.log_id.empty() &&
         !proof.clicks_commit.empty() && !proof.rejects_commit.empty() &&
         proof.clicks_commit == commit_digest(*audit.tables.clicks, proof.clicks_version) &&
         proof.rejects_commit == commit_digest(*audit.tables.rejects, proof.rejects_version);
}

// Offsets without an event were explained then and would not be now.
bool has_unexplained_absences(const LogProof& proof, broker::AbsenceCause cause) {
  return cause == broker::AbsenceCause::none &&
         std::ranges::any_of(proof.partitions, [](const PartitionAccount& proven) { return proven.absent > 0; });
}

// Accounts from where the proof ends. False when the log or the lake is behind the proof.
bool begin_after(const LogProof& proof, Accounts& accounts) {
  for (const PartitionAccount& proven : proof.partitions) {
    const auto found = accounts.find(Partition(proven.partition));
    if (found == accounts.end() || found->second.next < proven.next) return false;
    found->second.begin = std::max(found->second.begin, proven.next);
  }
  return true;
}

void add_proven(const LogProof& proof, Accounts& accounts) {
  for (const PartitionAccount& proven : proof.partitions) {
    PartitionAccount& account = accounts[Partition(proven.partition)];
    account.begin = proven.begin;
    add_counts(proven, account);
  }
}

std::vector<sink::Gap> gaps_after(const LogProof& proof, const std::vector<sink::Gap>& gaps) {
  std::vector<sink::Gap> after = gaps;
  for (const PartitionAccount& proven : proof.partitions) {
    std::erase_if(after, [&](const sink::Gap& gap) {
      return gap.partition.value == proven.partition && gap.first_missing.value < proven.next;
    });
  }
  return after;
}

// Only what came since the proof. Nothing, with the report untouched, when that does not settle it: then everything is
// read, which also names what is wrong.
Result<std::optional<Held>> audit_new(const LogAudit& audit, const LogProof& proof, Report& report) {
  std::optional<Held> nothing;
  if (!is_about(proof, audit) || has_unexplained_absences(proof, audit.cause)) return nothing;
  Report found;
  Held held;
  RCML_TRY(held.accounts, open_accounts(audit.source, audit.progress, found));
  if (!found.findings.empty() || !begin_after(proof, held.accounts)) return nothing;
  for (const auto& [partition, offset] : proof.half_done) held.positions[partition].rejects.push_back(offset.value);
  const lake::LakeTables& tables = audit.tables;
  RCML_TRY(const bool has_clicks,
           read_appended(*tables.clicks, proof.clicks_version, audit.log_name(), held.positions, &LakePositions::rows));
  if (!has_clicks) return nothing;
  RCML_TRY(const bool has_rejects, read_appended(*tables.rejects, proof.rejects_version, audit.log_name(),
                                                 held.positions, &LakePositions::rejects));
  if (!has_rejects) return nothing;
  RCML_OK(leave_out_half_done(tables, audit.group(), audit.log_name(), held));
  // A position below where the proof ends would be counted a second time.
  for (const PartitionAccount& proven : proof.partitions) {
    if (has_position_below(held.positions[Partition(proven.partition)], proven.next)) return nothing;
  }
  held.gaps = gaps_after(proof, audit.progress.gaps);
  RCML_OK(compare(audit.source, audit.cause, held, found));
  add_proven(proof, held.accounts);
  add_checks(audit.source, audit.cause, held.accounts, found);
  if (!found.is_ok()) return nothing;
  report.checks.insert(report.checks.end(), found.checks.begin(), found.checks.end());
  report.partitions = std::move(found.partitions);
  return std::optional(std::move(held));
}

LogProof proof_of(const LogAudit& audit, const Held& held, UtcMicros full_at) {
  LogProof proof;
  proof.group = audit.group();
  proof.log_name = audit.log_name();
  proof.log_id = audit.log_id;
  proof.clicks_id = audit.tables.clicks->id();
  proof.rejects_id = audit.tables.rejects->id();
  proof.clicks_version = audit.tables.clicks->version();
  proof.rejects_version = audit.tables.rejects->version();
  proof.clicks_commit = commit_digest(*audit.tables.clicks, proof.clicks_version);
  proof.rejects_commit = commit_digest(*audit.tables.rejects, proof.rejects_version);
  proof.replays = audit.replays;
  for (const auto& [partition, account] : held.accounts) proof.partitions.push_back(account);
  proof.half_done = held.half_done;
  proof.proven_at = utc_now();
  proof.full_at = full_at;
  proof.program = "rcml " RCML_VERSION;
  return proof;
}

// Who may not write to the lake audits everything each time.
void keep(const lake::Location& lake, const LogProof& proof) {
  if (const Status kept = write_log_proof(lake, proof); !kept.ok())
    log_warn("what was proven cannot be kept in the lake, so the next audit reads everything again",
             {{"lake", lake.url()}, {"error", kept.error().message}});
}

}  // namespace

Status check_offsets(broker::EventSource& source, const lake::LakeTables& tables, const OffsetsOptions& options,
                     Report& report) {
  RCML_TRY(const LogAudit audit, begin_audit(source, tables, options));
  std::optional<LogProof> proof;
  if (options.proofs != nullptr && !options.is_full)
    proof = read_log_proof(*options.proofs, options.group, source.name());
  std::optional<Held> held;
  if (proof) {
    RCML_TRY(held, audit_new(audit, *proof, report));
    if (!held) log_info("what is proven does not explain the lake as it is; everything is read again", {});
  }
  UtcMicros full_at = held ? proof->full_at : utc_now();
  if (held) {
    report.notes.push_back("offsets: proven up to version " + std::to_string(proof->clicks_version.value) +
                           " of clicks at " + to_text(proof->proven_at) + " by " + proof->program +
                           "; what came since was read now. Everything was last read at " + to_text(full_at) +
                           " (--full reads it again)");
    const bool is_new = proof->clicks_version != tables.clicks->version() ||
                        proof->rejects_version != tables.rejects->version() || proof->half_done != held->half_done;
    if (is_new) keep(*options.proofs, proof_of(audit, *held, full_at));
    return {};
  }
  RCML_TRY(held, audit_everything(audit, report));
  const bool is_proven = std::all_of(report.checks.begin(), report.checks.end(), [](const Check& check) {
    return check.is_ok || (check.name != kCheck && check.name != kAbsences);
  });
  if (is_proven && options.proofs != nullptr && !audit.log_id.empty())
    keep(*options.proofs, proof_of(audit, *held, full_at));
  return {};
}

}  // namespace rcml::audit

#include "sink/commit.h"

#include <algorithm>
#include <set>

#include "core/clock.h"
#include "core/log.h"

namespace rcml::sink {
namespace {

bool holds(const lake::Marks& found, const lake::Marks& values) {
  return std::all_of(values.begin(), values.end(), [&](const auto& value) {
    const auto mark = found.find(value.first);
    return (mark == found.end() ? -1 : mark->second) == value.second;
  });
}

// One commit, tried until it is known what became of it.
class CommitRun {
 public:
  CommitRun(lake::Table& table, const lake::CommitRequest& request, const lake::Marks& expected,
            const CommitLimits& limits)
      : table_(table), request_(request), expected_(expected), limits_(limits), outage_(limits.outage) {}

  Result<CommitReport> run() {
    const TableVersion first = table_.version();
    const std::string prefix = common_prefix(expected_);
    while (true) {
      RCML_TRY(const lake::Marks found, table_.marks(prefix));
      report_.version = table_.version();
      const MarkState state = mark_state(found, expected_, request_.marks);
      if (state != MarkState::as_expected) return settle(state, first);
      RCML_TRY(const bool is_done, try_once());
      if (is_done) return report_;
    }
  }

 private:
  Result<CommitReport> settle(MarkState state, TableVersion first) {
    report_.files = report_.unknowns == 0 ? OwnFiles::absent : look_for_files(first);
    report_.verdict = verdict_of(state, report_.files);
    return report_;
  }

  // Every version that was tried is in the log by now, ours or another's: else the marks would be as expected.
  OwnFiles look_for_files(TableVersion first) const {
    const Result<std::vector<lake::LogEntry>> entries = table_.log(TableVersion(first.value + 1));
    if (!entries.ok()) return OwnFiles::unclear;
    std::set<std::string> named;
    for (const lake::LogEntry& entry : *entries) {
      if (entry.is_add) named.insert(entry.file.path);
    }
    const bool are_there = std::all_of(request_.adds.begin(), request_.adds.end(),
                                       [&](const lake::DataFile& file) { return named.contains(file.path); });
    return are_there ? OwnFiles::in_log : OwnFiles::absent;
  }

  // True when it is in the log. Otherwise the table stands at its newest version afterwards.
  Result<bool> try_once() {
    const UtcMicros began = monotonic_now();
    Result<lake::Committed> done = table_.commit(request_);
    if (!done.ok()) {  // Nothing was sent.
      RCML_OK(endure(done.take_error()));
    } else if (done->outcome == lake::CommitOutcome::committed) {
      report_.version = done->version;
      return true;
    } else if (done->outcome == lake::CommitOutcome::conflict) {
      outage_.end();
      if (++report_.conflicts > limits_.conflicts_max) return gave_up("others always came first: " + done->detail);
    } else {
      ++report_.unknowns;
      log_warn("commit outcome unknown, looking for our own mark",
               {{"table", table_.location().url()}, {"detail", done->detail}});
      RCML_OK(endure(unavailable(done->detail)));
    }
    RCML_OK(refresh());
    if (done.ok() && done->outcome == lake::CommitOutcome::conflict)
      report_.conflict_micros += monotonic_now().value - began.value;
    return false;
  }

  // A look that succeeds does not end an outage: a store may be read while it refuses what is written.
  Status refresh() {
    while (true) {
      Result<TableVersion> version = table_.refresh();
      if (version.ok()) return {};
      RCML_OK(endure(version.take_error()));
    }
  }

  Status endure(Error error) {
    if (error.kind != ErrorKind::unavailable) return error;
    if (outage_.wait()) return {};
    return gave_up("the store has not answered for " + std::to_string(outage_.lasted().value / 1000) +
                   " s: " + error.message);
  }

  Error gave_up(const std::string& why) const {
    return unavailable("no commit to " + table_.location().url() + ": " + why,
                       "Check the store; a restart finds out what was committed and goes on from there");
  }

  lake::Table& table_;
  const lake::CommitRequest& request_;
  const lake::Marks& expected_;
  const CommitLimits& limits_;
  Outage outage_;
  CommitReport report_;
};

}  // namespace

MarkState mark_state(const lake::Marks& found, const lake::Marks& expected, const lake::Marks& wanted) {
  if (holds(found, expected)) return MarkState::as_expected;
  lake::Marks wanted_of_ours;
  for (const auto& [app, unused] : expected) wanted_of_ours[app] = wanted.at(app);
  return holds(found, wanted_of_ours) ? MarkState::as_wanted : MarkState::moved;
}

Verdict verdict_of(MarkState state, OwnFiles files) {
  if (state == MarkState::as_expected) return Verdict::committed;
  if (state == MarkState::moved) return Verdict::moved;
  return files == OwnFiles::in_log ? Verdict::already_there : Verdict::overtaken;
}

std::string common_prefix(const lake::Marks& apps) {
  if (apps.empty()) return {};
  const std::string& first = apps.begin()->first;  // A map is in order: what these two share, all share.
  const std::string& last = apps.rbegin()->first;
  const auto end = std::mismatch(first.begin(), first.end(), last.begin(), last.end()).first;
  return {first.begin(), end};
}

Result<CommitReport> commit_exactly_once(lake::Table& table, const lake::CommitRequest& request,
                                         const lake::Marks& expected, const CommitLimits& limits) {
  return CommitRun(table, request, expected, limits).run();
}

Result<CommitReport> RepeatedCommit::commit(lake::Table& table, const lake::CommitRequest& request,
                                            const lake::Marks& expected, const CommitLimits& limits) {
  const UtcMicros began = monotonic_now();
  if (expects_others_) {
    const TableVersion known = table.version();
    // A look that fails is no matter: the commit looks for itself.
    const Result<TableVersion> newest = table.refresh();
    expects_others_ = newest.ok() && *newest != known;
  }
  const int64_t look_micros = monotonic_now().value - began.value;
  RCML_TRY(CommitReport report, commit_exactly_once(table, request, expected, limits));
  expects_others_ |= report.conflicts > 0;
  report.conflict_micros += look_micros;
  return report;
}

}  // namespace rcml::sink

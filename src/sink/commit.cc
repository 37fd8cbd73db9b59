#include "sink/commit.h"

#include <algorithm>

#include "core/back_off.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/stop.h"

namespace rcml::sink {
namespace {

constexpr Millis kFirstWait{10};

bool holds(const lake::Marks& found, const lake::Marks& values) {
  return std::all_of(values.begin(), values.end(), [&](const auto& value) {
    const auto mark = found.find(value.first);
    return (mark == found.end() ? -1 : mark->second) == value.second;
  });
}

Result<lake::Marks> marks_of(const lake::Table& table, const lake::Marks& apps) {
  lake::Marks found;
  for (const auto& [app, unused] : apps) {
    RCML_TRY(const std::optional<int64_t> mark, table.mark(app));
    if (mark) found[app] = *mark;
  }
  return found;
}

}  // namespace

MarkState mark_state(const lake::Marks& found, const lake::Marks& expected, const lake::Marks& wanted) {
  if (holds(found, expected)) return MarkState::as_expected;
  lake::Marks wanted_of_ours;
  for (const auto& [app, unused] : expected) wanted_of_ours[app] = wanted.at(app);
  return holds(found, wanted_of_ours) ? MarkState::as_wanted : MarkState::moved;
}

Result<CommitReport> commit_exactly_once(lake::Table& table, const lake::CommitRequest& request,
                                         const lake::Marks& expected, const CommitLimits& limits) {
  CommitReport report;
  std::string last_detail;
  for (int32_t attempt = 0; attempt < limits.tries_max; ++attempt) {
    RCML_TRY(const lake::Marks found, marks_of(table, expected));
    const MarkState state = mark_state(found, expected, request.marks);
    report.version = table.version();
    if (state != MarkState::as_expected) {
      // A conflict counts as a try too: a store client that retried after a lost reply was refused by our own commit.
      const bool was_tried = report.unknowns + report.conflicts > 0;
      report.verdict = state == MarkState::as_wanted && was_tried ? Verdict::already_there : Verdict::moved;
      return report;
    }
    const UtcMicros began = monotonic_now();
    RCML_TRY(const lake::Committed done, table.commit(request));
    if (done.outcome == lake::CommitOutcome::committed) {
      report.version = done.version;
      return report;
    }
    last_detail = done.detail;
    if (done.outcome == lake::CommitOutcome::conflict) {
      ++report.conflicts;
    } else {
      ++report.unknowns;
      log_warn("commit outcome unknown, looking for our own mark",
               {{"table", table.location().url()}, {"detail", done.detail}});
      sleep_or_stop(back_off(report.unknowns, kFirstWait, limits.wait_max));
    }
    RCML_TRY([[maybe_unused]] const TableVersion version, table.refresh());
    if (done.outcome == lake::CommitOutcome::conflict) report.conflict_micros += monotonic_now().value - began.value;
  }
  return unavailable("no commit to " + table.location().url() + " after " + std::to_string(limits.tries_max) +
                         " tries: " + last_detail,
                     "Check the store; a restart finds out what was committed and goes on from there");
}

Result<CommitReport> RepeatedCommit::commit(lake::Table& table, const lake::CommitRequest& request,
                                            const lake::Marks& expected, const CommitLimits& limits) {
  const UtcMicros began = monotonic_now();
  if (expects_others_) {
    const TableVersion known = table.version();
    RCML_TRY(const TableVersion newest, table.refresh());
    expects_others_ = newest != known;
  }
  const int64_t look_micros = monotonic_now().value - began.value;
  RCML_TRY(CommitReport report, commit_exactly_once(table, request, expected, limits));
  expects_others_ |= report.conflicts > 0;
  report.conflict_micros += look_micros;
  return report;
}

}  // namespace rcml::sink

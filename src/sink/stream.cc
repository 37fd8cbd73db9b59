#include "sink/stream.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "core/clock.h"
#include "core/descriptors.h"
#include "core/log.h"
#include "core/stop.h"
#include "sink/descriptor_plan.h"
#include "sink/marks.h"
#include "sink/session.h"

namespace rcml::sink {
namespace {

constexpr Millis kPollWait{20};
constexpr Millis kCommitWait{100};
constexpr int64_t kStuckMicros = 1'000'000;    // Held up this long, the source is paused but still polled.
constexpr int64_t kLagEveryMicros = 1'000'000;
constexpr int64_t kOthersEveryMicros = 500'000;

CommitLimits with_start(CommitLimits limits, Metrics& metrics) {
  limits.outage.start = &metrics.outage_since;
  return limits;
}

// The loop of one worker. Thin: what to do is decided by flush_reason, plan_start and mark_state.
class Worker {
 public:
  Worker(const StreamOptions& options, broker::EventSource& source, lake::LakeTables& tables, Metrics& metrics)
      : options_(options),
        source_(source),
        tables_(tables),
        metrics_(metrics),
        committer_({options.group, source.name(), with_start(options.commit, metrics)}, tables, metrics),
        outage_(with_start(options.commit, metrics).outage) {}

  Status run() {
    while (!stop_requested()) {
      RCML_TRY(const bool is_done, step());
      if (is_done) return {};
    }
    log_info("stopping: committing what is pending");
    return flush_all();
  }

 private:
  // One turn of the loop; true when drained.
  Result<bool> step() {
    RCML_OK(endure(look_after_flush(Millis(0))));
    if (session_ == nullptr && is_assigned_) RCML_OK(start_session());
    const bool is_held_up = session_ != nullptr && needs_hold();
    if (is_held_up) return hold();
    RCML_OK(go_on());
    RCML_OK(read());
    note_lag();
    return is_drained();
  }

  // When the log fails, what was taken from it before is committed: the cure may be to delete the log up to the fault.
  Status read() {
    Result<broker::Polled> polled = source_.poll(kPollWait);
    if (polled.ok()) return handle(*std::move(polled));
    RCML_OK(flush_all());
    return polled.take_error();
  }

  Status handle(broker::Polled polled) {
    switch (polled.kind) {
      case broker::PollKind::events:
        if (session_ != nullptr) session_->take(std::move(polled.batch));
        return {};
      case broker::PollKind::idle: return {};
      case broker::PollKind::assigned:
        RCML_OK(endure(flush_all()));
        partitions_.insert(polled.partitions.begin(), polled.partitions.end());
        is_assigned_ = true;
        return start_session();
      case broker::PollKind::revoked:
        RCML_OK(endure(flush_all()));
        for (const Partition partition : polled.partitions) partitions_.erase(partition);
        return start_session();
    }
    return {};
  }

  // The source is not polled meanwhile: it must first be set to where its partitions are to be read on. An outage that lasts
  // longer than the group's session time-out costs the place in the group, and then a re-read.
  Status start_session() {
    session_.reset();
    while (true) {
      auto started =
          Session::start(options_, source_, tables_, committer_, metrics_, {partitions_.begin(), partitions_.end()});
      if (started.ok()) {
        session_ = *std::move(started);
        break;
      }
      RCML_OK(wait_for_store(started.take_error()));
    }
    for (const Partition partition : partitions_) RCML_OK(note_target(partition));
    return {};
  }

  // A store that is away is waited for. What was held is dropped, as after a crash, and read again from the marks.
  Status endure(Status status) {
    if (status.ok()) return status;
    RCML_OK(wait_for_store(status.take_error()));
    return start_session();
  }

  Status wait_for_store(Error error) {
    if (error.kind != ErrorKind::unavailable || tables_.clicks->location().is_local() || !outage_.wait()) return error;
    log_warn("the store is away, trying again from the lake's marks",
             {{"away_s", outage_.lasted().value / 1000}, {"error", error.message}});
    return {};
  }

  Status note_target(Partition partition) {
    if (targets_.contains(partition)) return {};
    RCML_TRY(const broker::OffsetRange range, source_.range(partition));
    targets_[partition] = range.end;
    begins_[partition] = range.begin;
    return {};
  }

  // Starts a flush when one is due and takes the result of the one under way.
  Status look_after_flush(Millis wait_max) {
    if (session_ == nullptr) return {};
    if (auto failure = session_->error()) return *failure;
    if (session_->is_flushing()) {
      RCML_TRY(const std::optional<GenerationOutcome> outcome, session_->end_flush(wait_max));
      if (outcome == GenerationOutcome::moved) return start_session();
      if (outcome) {
        metrics_.last_progress_at = monotonic_now().value;
        outage_.end();
      }
    }
    if (session_->is_flushing()) return {};
    reason_ = flush_reason(session_->pending(), monotonic_now(), options_.flush);
    if (reason_ == FlushReason::none && is_drain_read()) reason_ = FlushReason::age;
    if (reason_ != FlushReason::none && !session_->has_all_committed()) session_->begin_flush(reason_);
    return {};
  }

  bool needs_hold() {
    if (!session_->can_take()) return true;
    return session_->is_flushing() && holds_reading(flush_reason(session_->pending(), monotonic_now(), options_.flush));
  }

  // Encoders or store are behind. A moment's wait is normal; a long one must not cost us the place in the group.
  Result<bool> hold() {
    const UtcMicros now = monotonic_now();
    if (held_since_.value == 0) held_since_ = now;
    if (now.value - held_since_.value < kStuckMicros) {
      std::this_thread::sleep_for(std::chrono::microseconds(200));
      return false;
    }
    if (!is_paused_) {
      RCML_OK(source_.pause({partitions_.begin(), partitions_.end()}));
      is_paused_ = true;
      log_warn("held up by the store, reading is paused");
    }
    RCML_OK(read());
    return false;
  }

  Status go_on() {
    held_since_ = UtcMicros(0);
    if (!is_paused_) return {};
    is_paused_ = false;
    return source_.resume({partitions_.begin(), partitions_.end()});
  }

  // Commits all that was taken. On `moved` the session is stale and the caller starts another.
  Status flush_all() {
    while (session_ != nullptr && !session_->has_all_committed()) {
      if (auto failure = session_->error()) return *failure;
      if (!session_->is_flushing()) session_->begin_flush(FlushReason::age);
      RCML_TRY(const std::optional<GenerationOutcome> outcome, session_->end_flush(kCommitWait));
      if (outcome == GenerationOutcome::moved) break;
    }
    return {};
  }

  bool is_drain_read() const { return options_.is_drain && session_ != nullptr && session_->has_read_to(targets_); }

  Result<bool> is_drained() {
    if (!options_.is_drain || session_ == nullptr) return false;
    if (partitions_.empty()) return have_others_drained();
    return is_drain_read() && session_->has_all_committed();
  }

  // A worker that joins others has no partition at first, and none at all when there are more workers than partitions. It
  // is done when the lake's marks have passed all that was there, not before: it may be needed yet.
  Result<bool> have_others_drained() {
    const UtcMicros now = monotonic_now();
    if (now.value - others_looked_at_.value < kOthersEveryMicros) return false;
    others_looked_at_ = now;
    RCML_TRY(const std::vector<Partition> partitions, source_.partitions());
    for (const Partition partition : partitions) RCML_OK(note_target(partition));
    RCML_TRY([[maybe_unused]] const TableVersion version, tables_.clicks->refresh());
    RCML_TRY(const lake::Marks marks, tables_.clicks->marks(marks_prefix(options_.group, source_.name())));
    const Progress progress = progress_of(marks, options_.group, source_.name());
    return std::all_of(targets_.begin(), targets_.end(), [&](const auto& target) {
      const auto mark = progress.next.find(target.first);
      return (mark == progress.next.end() ? begins_.at(target.first) : mark->second) >= target.second;
    });
  }

  void note_lag() {
    const UtcMicros now = monotonic_now();
    if (session_ == nullptr || now.value - lag_noted_at_.value < kLagEveryMicros) return;
    lag_noted_at_ = now;
    if (!source_.is_reachable()) return;  // Lag is not known then, and must not look like zero.
    int64_t lag = 0;
    for (const auto& [partition, committed] : session_->committed()) {
      const auto range = source_.known_range(partition);
      if (!range.ok()) return;
      lag += std::max<int64_t>(0, range->end.value - committed.value);
    }
    metrics_.lag = lag;
    if (lag > 0) return;
    metrics_.last_progress_at = now.value;
    outage_.end();  // Nothing is left that a commit could prove it by.
  }

  const StreamOptions& options_;
  broker::EventSource& source_;
  lake::LakeTables& tables_;
  Metrics& metrics_;
  Committer committer_;
  Outage outage_;  // Of what the committer does not wait for by itself.
  std::set<Partition> partitions_;
  std::map<Partition, Offset> targets_;  // Ends when first assigned: what a drain must reach.
  std::map<Partition, Offset> begins_;   // Of the same moment.
  std::unique_ptr<Session> session_;     // Last: its encoders call the committer.
  bool is_assigned_ = false;
  bool is_paused_ = false;
  FlushReason reason_ = FlushReason::none;
  UtcMicros held_since_;
  UtcMicros lag_noted_at_;
  UtcMicros others_looked_at_;
};

// A disk that refuses a commit is full or worn out: waiting does not mend it as it mends a network.
constexpr Millis kDiskOutageMax{60'000};

// On S3 a file being written holds no descriptor.
Status hold_descriptors(StreamOptions& options, const lake::Table& clicks) {
  const Descriptors descriptors = raise_descriptor_limit();
  if (!clicks.location().is_local()) return {};
  int64_t& dts_max = options.encoder.files.open_dts_max;
  RCML_TRY(const int64_t dts, open_dts_within(dts_max, descriptors, options.encoders));
  if (dts < dts_max) {
    log_info("fewer dates have a file open than --open-dts-max says: so few files may be open",
             {{"open_dts_max", dts}, {"descriptors", descriptors.limit}});
  }
  dts_max = dts;
  return {};
}

}  // namespace

Status run_stream(StreamOptions options, broker::EventSource& source, lake::LakeTables& tables, Metrics& metrics) {
  RCML_OK(hold_descriptors(options, *tables.clicks));
  Millis& outage_max = options.commit.outage.lasts_max;
  if (tables.clicks->location().is_local()) outage_max = std::min(outage_max, kDiskOutageMax);
  return Worker(options, source, tables, metrics).run();
}

}  // namespace rcml::sink

#include "sink/session.h"

#include <algorithm>
#include <utility>

#include "core/clock.h"
#include "core/log.h"
#include "sink/log_identity.h"
#include "sink/marks.h"

namespace rcml::sink {
namespace {

constexpr int64_t kPreferredQueue = 2;  // Batches waiting at the first encoder before the second is woken.

int64_t event_bytes(const broker::EventBatch& batch) {
  return batch.bytes > 0 ? batch.bytes : batch.next.value - batch.first.value;
}

}  // namespace

Session::Session(const StreamOptions& options, broker::EventSource& source, Committer& committer, Metrics& metrics)
    : options_(options), source_(source), committer_(committer), metrics_(metrics) {}

Session::~Session() {
  // An encoder may be about to start the committer with a generation of ours: let that end before the state goes.
  while (is_flushing_ && !error()) {
    const auto result = end_flush(Millis(100));
    if (!result.ok()) break;
  }
}

Result<std::unique_ptr<Session>> Session::start(const StreamOptions& options, broker::EventSource& source,
                                                lake::LakeTables& tables, Committer& committer, Metrics& metrics,
                                                const std::vector<Partition>& partitions) {
  RCML_CHECK(committer.is_free());
  std::unique_ptr<Session> session(new Session(options, source, committer, metrics));
  RCML_OK(session->seek_all(tables, partitions));
  RCML_OK(session->start_encoders(tables));
  session->renew_generation();
  for (const auto& [app, resumed_at] : session->gap_marks_) {
    log_warn("going on after a hole, written down for the audit", {{"mark", app}, {"resumed_at", resumed_at}});
  }
  return session;
}

Status Session::seek_all(lake::LakeTables& tables, const std::vector<Partition>& partitions) {
  // Clicks first: a commit of another worker in between then shows as a rejects mark ahead, which is harmless.
  RCML_TRY([[maybe_unused]] const TableVersion clicks_version, tables.clicks->refresh());
  RCML_TRY([[maybe_unused]] const TableVersion rejects_version, tables.rejects->refresh());
  const std::string prefix = marks_prefix(options_.group, source_.name());
  RCML_TRY(clicks_marks_, tables.clicks->marks(prefix));
  RCML_TRY(rejects_marks_, tables.rejects->marks(prefix));
  RCML_TRY(log_id_, check_identity(source_, tables, options_.group));
  RCML_OK(check_adopted(clicks_marks_, rejects_marks_, options_.group, source_.name()));
  Progress clicks = progress_of(clicks_marks_, options_.group, source_.name());
  const Progress rejects = progress_of(rejects_marks_, options_.group, source_.name());
  RCML_TRY(known_rejects_, read_known_rejects(*tables.rejects, source_.name(), clicks, rejects));
  for (const Partition partition : partitions) {
    RCML_TRY(const broker::OffsetRange range, source_.range(partition));
    RCML_TRY(const StartPlan plan,
             plan_start(partition, range, clicks.next, options_.may_resume_after_gap, source_.name()));
    if (!clicks.next.contains(partition) && range.begin.value > 0) note_late_start(partition, range.begin);
    if (plan.kind == StartKind::gap) {
      gap_marks_[gap_app(options_.group, source_.name(), partition, plan.first_missing)] = plan.next.value;
    }
    RCML_OK(source_.seek(partition, plan.next));
    positions_[partition] = committed_[partition] = plan.next;
    log_info(
        "reading",
        {{"log", source_.name()}, {"partition", partition.value}, {"from", plan.next.value}, {"end", range.end.value}});
  }
  return {};
}

// A lake that is new to the log begins where the log begins by now. That is right, and a person should know of it.
void Session::note_late_start(Partition partition, Offset begin) const {
  log_warn("the log's older events were removed by retention or a trim: this lake begins after them",
           {{"log", source_.name()}, {"partition", partition.value}, {"first", begin.value}});
}

Status Session::start_encoders(lake::LakeTables& tables) {
  EncoderOptions options = options_.encoder;
  options.files.log_name = source_.name();
  const EncoderTables locations{&tables.clicks->location(), &tables.rejects->location()};
  for (int32_t i = 0; i < options_.encoders; ++i)
    encoders_.push_back(std::make_unique<Encoder>(options, locations, known_rejects_, encoder_memory_));
  return {};
}

void Session::renew_generation() {
  generation_ = std::make_shared<Generation>();
  generation_->number = ++generations_;
  pending_ = {};
}

bool Session::can_take() const {
  return std::any_of(encoders_.begin(), encoders_.end(), [](const auto& encoder) { return !encoder->is_full(); });
}

// The first one that is not busy: a slow log then fills one file per date, a fast one keeps every thread at work.
Encoder& Session::pick_encoder() {
  Encoder* best = encoders_.front().get();
  for (const auto& encoder : encoders_) {
    if (encoder->queue_length() < kPreferredQueue) return *encoder;
    if (encoder->queue_length() < best->queue_length()) best = encoder.get();
  }
  return *best;
}

void Session::take(broker::EventBatch batch) {
  Offset& position = positions_.at(batch.partition);
  RCML_CHECK(batch.first >= position && batch.next >= batch.first);
  if (generation_->spans.empty()) pending_.oldest_at = monotonic_now();
  auto& span = generation_->spans.try_emplace(batch.partition, PartitionSpan{position, position}).first->second;
  if (batch.absences.runs > 0) generation_->absences[batch.partition].add(batch.absences);
  pending_.positions += batch.next.value - position.value;
  pending_.events += static_cast<int64_t>(batch.events.size());
  span.next = position = batch.next;
  metrics_.events_read += static_cast<int64_t>(batch.events.size());
  metrics_.bytes_read += event_bytes(batch);
  if (!batch.events.empty()) pick_encoder().encode(generation_, std::move(batch));
}

PendingStats Session::pending() const {
  PendingStats stats = pending_;
  stats.memory_bytes = encoder_memory_->load(std::memory_order_relaxed);
  int64_t open_files = 0;
  for (const auto& encoder : encoders_) {
    stats.file_bytes += encoder->file_bytes();
    open_files += encoder->open_files();
  }
  metrics_.memory_bytes = stats.memory_bytes;
  metrics_.open_files = open_files;
  return stats;
}

void Session::begin_flush(FlushReason reason) {
  RCML_CHECK(!is_flushing_ && !generation_->spans.empty());
  is_flushing_ = true;
  log_debug("flush", {{"reason", to_text(reason)}, {"generation", generation_->number}});
  generation_->clicks_started = clicks_marks_;
  generation_->rejects_started = rejects_marks_;
  generation_->log_id = log_id_;
  generation_->gap_marks = std::exchange(gap_marks_, {});
  auto left = std::make_shared<std::atomic<size_t>>(encoders_.size());
  for (const auto& encoder : encoders_) {
    encoder->hand_over(generation_, [this, left, generation = generation_] {
      if (left->fetch_sub(1) == 1) committer_.start(generation);
    });
  }
  renew_generation();
}

Result<std::optional<GenerationOutcome>> Session::end_flush(Millis wait_max) {
  std::optional<Result<GenerationResult>> result = committer_.wait_result(wait_max);
  if (!result) return std::optional<GenerationOutcome>{};
  is_flushing_ = false;
  if (!result->ok()) return result->take_error();
  const Generation& done = *(*result)->generation;
  if ((*result)->outcome == GenerationOutcome::moved) return std::optional((*result)->outcome);
  note_log(done);
  for (const auto& [partition, span] : done.spans) {
    committed_[partition] = span.next;
    const std::string app = mark_app(options_.group, source_.name(), partition);
    clicks_marks_[app] = span.next.value;
    if (done.counts.rejects.load() > 0) {
      const bool is_ahead = rejects_marks_.contains(app) && rejects_marks_[app] >= span.next.value;
      rejects_marks_[is_ahead ? app + "/replayed" : app] = span.next.value;
    }
    source_.note_committed(partition, span.next);
  }
  note_absences(done);
  return std::optional((*result)->outcome);
}

// The marks now say which log was read.
void Session::note_log(const Generation& done) {
  const auto note = [&](lake::Marks& marks) {
    const lake::Marks log = log_marks(marks, options_.group, source_.name(), done.log_id);
    for (const auto& [app, value] : log) marks[app] = value;
  };
  if (!log_marks(clicks_marks_, options_.group, source_.name(), done.log_id).empty())
    log_info("the lake now knows this log by its id", {{"log", source_.name()}, {"id", done.log_id}});
  note(clicks_marks_);
  if (done.counts.rejects.load() > 0) note(rejects_marks_);
}

// Only now: what is dropped uncommitted is read, and may be passed over, again.
void Session::note_absences(const Generation& done) {
  if (done.absences.empty()) return;
  const broker::AbsenceCause cause = source_.absence_cause();
  for (const auto& [partition, absences] : done.absences) {
    metrics_.absent_by_cause[static_cast<size_t>(cause)] += absences.offsets;
    if (cause != broker::AbsenceCause::none) continue;
    log_warn("offsets without an event, and nothing explains them: rcml audit names each",
             {{"log", source_.name()},
              {"partition", partition.value},
              {"first", absences.first.begin.value},
              {"last", absences.first.end.value - 1},
              {"runs", absences.runs},
              {"offsets", absences.offsets}});
  }
}

std::optional<Error> Session::error() const {
  for (const auto& encoder : encoders_) {
    if (auto failure = encoder->error()) return failure;
  }
  return std::nullopt;
}

bool Session::has_read_to(const std::map<Partition, Offset>& targets) const {
  return std::all_of(positions_.begin(), positions_.end(), [&](const auto& position) {
    const auto target = targets.find(position.first);
    return target == targets.end() || position.second >= target->second;
  });
}

}  // namespace rcml::sink

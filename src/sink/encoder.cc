#include "sink/encoder.h"

#include <functional>
#include <utility>

#include "contract/cut_columns.h"
#include "core/clock.h"
#include "core/crash_point.h"

namespace rcml::sink {
namespace {

constexpr int64_t kBytesBetweenChecks = 1 << 20;  // Of events; looking at all files costs some microseconds.

void raise_to(std::atomic<int64_t>& highest, int64_t value) {
  if (value > highest.load(std::memory_order_relaxed)) highest.store(value, std::memory_order_relaxed);
}

}  // namespace

Encoder::Encoder(const EncoderOptions& options, const EncoderTables& tables,
                 std::shared_ptr<const KnownRejects> known_rejects, std::shared_ptr<MemoryHeld> memory)
    : options_(options),
      known_rejects_(std::move(known_rejects)),
      decoder_(options.decode),
      files_(options.files, tables),
      memory_(std::move(memory)),
      thread_([this] { run(); }) {}

Encoder::~Encoder() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    tasks_.clear();
  }
  wake_.notify_one();
  thread_.join();
  files_.give_up();
  memory_->fetch_sub(own_memory_, std::memory_order_relaxed);
}

bool Encoder::is_full() const {
  const std::lock_guard lock(mutex_);
  const auto length = static_cast<int64_t>(tasks_.size()) + (is_working_ ? 1 : 0);
  return length >= options_.queue_batches_max || queued_bytes_ >= options_.queue_bytes_max;
}

int64_t Encoder::queue_length() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int64_t>(tasks_.size()) + (is_working_ ? 1 : 0);
}

void Encoder::encode(std::shared_ptr<Generation> generation, broker::EventBatch batch) {
  push({std::move(generation), std::move(batch), nullptr});
}

void Encoder::hand_over(std::shared_ptr<Generation> generation, std::function<void()> done) {
  push({std::move(generation), std::nullopt, std::move(done)});
}

std::optional<Error> Encoder::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

void Encoder::push(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (task.batch) queued_bytes_ += task.batch->bytes;
    tasks_.push_back(std::move(task));
  }
  wake_.notify_one();
}

std::optional<Encoder::Task> Encoder::next_task() {
  std::unique_lock lock(mutex_);
  is_working_ = false;
  wake_.wait(lock, [this] { return is_stopping_ || !tasks_.empty(); });
  if (is_stopping_) return std::nullopt;
  Task task = std::move(tasks_.front());
  tasks_.pop_front();
  if (task.batch) queued_bytes_ -= task.batch->bytes;
  is_working_ = true;
  return task;
}

void Encoder::run() {
  while (std::optional<Task> task = next_task()) {
    if (error()) continue;  // Files that lack events must never reach the committer; the main thread ends this session.
    Status status = work_on(*task);
    note_sizes();
    if (status.ok()) {
      if (task->done) task->done();
      continue;
    }
    const std::lock_guard lock(mutex_);
    error_ = status.take_error();
  }
}

Status Encoder::work_on(Task& task) {
  if (task.batch) return encode_batch(*task.generation, *task.batch);
  RCML_OK(write_waiting());
  last_file_ = nullptr;
  const std::lock_guard lock(task.generation->mutex);
  task.generation->file_sets.push_back(files_.take());
  return {};
}

Status Encoder::encode_batch(Generation& generation, const broker::EventBatch& batch) {
  const UtcMicros now = utc_now();
  rows_in_batch_ = 0;
  for (const contract::SourceEvent& event : batch.events) {
    RCML_OK(encode_event(generation, event, batch.partition, now));
    bytes_unchecked_ += static_cast<int64_t>(event.bytes.size());
    if (bytes_unchecked_ >= kBytesBetweenChecks) RCML_OK(hold_memory());
  }
  generation.counts.rows.fetch_add(rows_in_batch_, std::memory_order_relaxed);
  crash_point("sink.encoded_batch");
  return {};
}

Status Encoder::encode_event(Generation& generation, const contract::SourceEvent& event, Partition partition,
                             UtcMicros now) {
  if (event.is_tombstone) {
    generation.counts.tombstones.fetch_add(1, std::memory_order_relaxed);
    return {};
  }
  if (known_rejects_->contains(partition, event)) {
    generation.counts.already_set_aside.fetch_add(1, std::memory_order_relaxed);
    return {};
  }
  if (decoder_.decode(event, partition, now, row_, reject_) == contract::Outcome::row)
    return add_row(generation, event);
  return add_reject(generation);
}

Status Encoder::add_row(Generation& generation, const contract::SourceEvent& event) {
  ++rows_in_batch_;
  raise_to(generation.counts.newest_event_ts, row_.event_ts.value);
  if (row_.cut_columns != 0) contract::count_cuts(row_.cut_columns, generation.counts.cuts_by_column);
  const Dt dt = dt_of(row_.event_ts);
  if (last_file_ == nullptr || dt != last_dt_) {
    RCML_TRY(last_file_, files_.clicks(dt, row_));
    last_dt_ = dt;
  }
  if (last_file_ != nullptr) return last_file_->append(row_);
  waiting_.add(event, row_.source_partition, row_.ingested_at, dt);
  return {};
}

Status Encoder::add_reject(Generation& generation) {
  generation.counts.rejects.fetch_add(1, std::memory_order_relaxed);
  generation.counts.rejects_by_reason[static_cast<size_t>(reject_.reason)].fetch_add(1, std::memory_order_relaxed);
  RCML_TRY(lake::RejectFileWriter * file, files_.rejects(dt_of(reject_.ingested_at), reject_));
  return file->append(reject_);
}

// The main thread flushes between batches, when the generation's budget is used up. This is for what a single batch, or
// those that were queued meanwhile, add on top of it.
Status Encoder::hold_memory() {
  bytes_unchecked_ = 0;
  if (note_memory() <= options_.memory_bytes_max) return {};
  RCML_OK(write_waiting());
  last_file_ = nullptr;
  return files_.close_all();
}

Status Encoder::write_waiting() {
  if (waiting_.is_empty()) return {};
  last_file_ = nullptr;
  return waiting_.take_all([this](const WaitingEvent& waiting) { return write_waiting(waiting); });
}

// The events come date by date: when there is no room for the next date, no open file gets another event.
Status Encoder::write_waiting(const WaitingEvent& waiting) {
  // It was a row at the first reading, and the decoder judges by nothing but the event and that time.
  RCML_CHECK(decoder_.decode(waiting.event, waiting.partition, waiting.read_at, row_, reject_) ==
             contract::Outcome::row);
  RCML_TRY(lake::ClickFileWriter * file, files_.clicks(waiting.dt, row_));
  if (file == nullptr) {
    RCML_OK(files_.close_all());
    RCML_TRY(file, files_.clicks(waiting.dt, row_));
  }
  return file->append(row_);
}

// Returns what all encoders hold.
int64_t Encoder::note_memory() {
  const int64_t change = files_.bytes_held() + waiting_.bytes_held() - own_memory_;
  own_memory_ += change;
  return memory_->fetch_add(change, std::memory_order_relaxed) + change;
}

void Encoder::note_sizes() {
  note_memory();
  file_bytes_.store(files_.bytes_estimated(), std::memory_order_relaxed);
  open_files_.store(files_.open_files(), std::memory_order_relaxed);
}

}  // namespace rcml::sink

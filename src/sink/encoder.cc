#include "sink/encoder.h"

#include <functional>
#include <utility>

#include "contract/cut_columns.h"
#include "core/clock.h"
#include "core/crash_point.h"
#include "lake/file_name.h"

namespace rcml::sink {
namespace {

void raise_to(std::atomic<int64_t>& highest, int64_t value) {
  if (value > highest.load(std::memory_order_relaxed)) highest.store(value, std::memory_order_relaxed);
}

}  // namespace

Encoder::Encoder(const EncoderOptions& options, const EncoderTables& tables,
                 std::shared_ptr<const KnownRejects> known_rejects)
    : options_(options),
      tables_(tables),
      known_rejects_(std::move(known_rejects)),
      decoder_(options.decode),
      thread_([this] { run(); }) {}

Encoder::~Encoder() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    tasks_.clear();
  }
  wake_.notify_one();
  thread_.join();
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
  is_working_ = true;
  return task;
}

void Encoder::run() {
  while (std::optional<Task> task = next_task()) {
    if (error()) continue;  // Files that lack events must never reach the committer; the main thread ends this session.
    if (!task->batch) {
      {
        const std::lock_guard lock(task->generation->mutex);
        task->generation->file_sets.push_back(std::exchange(files_, {}));
      }
      last_file_ = nullptr;
      note_sizes();
      task->done();
      continue;
    }
    if (Status status = encode_batch(*task->generation, *task->batch); !status.ok()) {
      const std::lock_guard lock(mutex_);
      error_ = status.take_error();
    }
    note_sizes();
  }
}

Status Encoder::encode_batch(Generation& generation, const broker::EventBatch& batch) {
  const UtcMicros now = utc_now();
  int64_t rows = 0;
  for (const contract::SourceEvent& event : batch.events) {
    if (event.is_tombstone) {
      generation.counts.tombstones.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    if (known_rejects_->contains(batch.partition, event.offset, event.bytes)) {
      generation.counts.already_set_aside.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    if (decoder_.decode(event, batch.partition, now, row_, reject_) == contract::Outcome::row) {
      RCML_OK(add_row(generation, row_));
      ++rows;
    } else {
      RCML_OK(add_reject(generation, reject_));
    }
  }
  generation.counts.rows.fetch_add(rows, std::memory_order_relaxed);
  crash_point("sink.encoded_batch");
  return {};
}

Status Encoder::add_row(Generation& generation, const contract::ClickRow& row) {
  raise_to(generation.counts.newest_event_ts, row.event_ts.value);
  if (row.cut_columns != 0) contract::count_cuts(row.cut_columns, generation.counts.cuts_by_column);
  const Dt dt = dt_of(row.event_ts);
  if (last_file_ == nullptr || dt != last_dt_) {
    RCML_TRY(last_file_, clicks_file(dt, row));
    last_dt_ = dt;
  }
  return last_file_->append(row);
}

Status Encoder::add_reject(Generation& generation, const contract::Reject& reject) {
  generation.counts.rejects.fetch_add(1, std::memory_order_relaxed);
  generation.counts.rejects_by_reason[static_cast<size_t>(reject.reason)].fetch_add(1, std::memory_order_relaxed);
  RCML_TRY(lake::RejectFileWriter * file, rejects_file(dt_of(reject.ingested_at), reject));
  return file->append(reject);
}

Result<lake::ClickFileWriter*> Encoder::clicks_file(Dt dt, const contract::ClickRow& row) {
  std::unique_ptr<lake::ClickFileWriter>& file = files_.clicks[dt];
  if (file == nullptr) {
    const std::string path = lake::data_file_path(dt, options_.log_name, row.source_partition, row.source_offset);
    files_.clicks_paths.push_back(path);
    RCML_TRY(file, lake::ClickFileWriter::create(*tables_.clicks, path, dt, options_.files));
  }
  return file.get();
}

Result<lake::RejectFileWriter*> Encoder::rejects_file(Dt dt, const contract::Reject& reject) {
  std::unique_ptr<lake::RejectFileWriter>& file = files_.rejects[dt];
  if (file == nullptr) {
    const std::string path = lake::data_file_path(dt, options_.log_name, reject.source_partition, reject.source_offset);
    files_.rejects_paths.push_back(path);
    RCML_TRY(file, lake::RejectFileWriter::create(*tables_.rejects, path, dt, options_.files));
  }
  return file.get();
}

void Encoder::note_sizes() {
  int64_t memory = 0;
  int64_t bytes = 0;
  for (const auto& [dt, file] : files_.clicks) {
    memory += file->bytes_buffered();
    bytes += file->bytes_estimated();
  }
  for (const auto& [dt, file] : files_.rejects) memory += file->bytes_buffered();
  memory_bytes_.store(memory, std::memory_order_relaxed);
  file_bytes_.store(bytes, std::memory_order_relaxed);
  open_dts_.store(static_cast<int64_t>(files_.clicks.size()), std::memory_order_relaxed);
}

}  // namespace rcml::sink

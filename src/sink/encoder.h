// sink/encoder.h: one thread that turns event batches into the rows and rejects of a generation's files.
//
// The main thread hands it batches in order and, at a flush, asks for the files. The queue between them is bounded.
//
// Limits hold for each event, not between batches: a row of a date for which no file may be opened waits as bytes
// (waiting_events.h) and is written, date by date, when the files are asked for or memory is short.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "broker/event_source.h"
#include "contract/decoder.h"
#include "core/result.h"
#include "sink/date_files.h"
#include "sink/generation.h"
#include "sink/known_rejects.h"
#include "sink/waiting_events.h"

namespace rcml::sink {

struct EncoderOptions {
  contract::DecodeLimits decode;
  DateFilesOptions files;
  int64_t queue_batches_max = 4;
  int64_t queue_bytes_max = 16 << 20;  // Of events; one batch may be larger.
  // Held by the files and waiting events of all encoders together. Beyond it, which a batch may be in the middle of, an
  // encoder closes its files early.
  int64_t memory_bytes_max = 128 << 20;
};

// Memory of several encoders, about. Shared by them all.
using MemoryHeld = std::atomic<int64_t>;

class Encoder {
 public:
  Encoder(const EncoderOptions& options, const EncoderTables& tables, std::shared_ptr<const KnownRejects> known_rejects,
          std::shared_ptr<MemoryHeld> memory);
  ~Encoder();  // Drops what is queued and not handed over, and removes its files.

  bool is_full() const;
  int64_t queue_length() const;  // Waiting, and the one at work.
  // Never blocks; the caller looks at is_full first.
  void encode(std::shared_ptr<Generation> generation, broker::EventBatch batch);
  // After all batches given so far: moves the files into generation->file_sets, then calls `done` on the encoder's
  // thread. `done` is not called after a failure.
  void hand_over(std::shared_ptr<Generation> generation, std::function<void()> done);

  int64_t file_bytes() const { return file_bytes_.load(std::memory_order_relaxed); }
  int64_t open_files() const { return open_files_.load(std::memory_order_relaxed); }
  // The first failure; nothing is encoded after it.
  std::optional<Error> error() const;

 private:
  struct Task {
    std::shared_ptr<Generation> generation;
    std::optional<broker::EventBatch> batch;  // Empty: hand over.
    std::function<void()> done;
  };

  void run();
  void push(Task task);
  std::optional<Task> next_task();
  Status work_on(Task& task);
  Status encode_batch(Generation& generation, const broker::EventBatch& batch);
  Status encode_event(Generation& generation, const contract::SourceEvent& event, Partition partition, UtcMicros now);
  Status add_row(Generation& generation, const contract::SourceEvent& event);
  Status add_reject(Generation& generation);
  Status hold_memory();
  Status write_waiting();
  Status write_waiting(const WaitingEvent& waiting);
  int64_t note_memory();
  void note_sizes();

  const EncoderOptions options_;
  const std::shared_ptr<const KnownRejects> known_rejects_;
  contract::Decoder decoder_;
  contract::ClickRow row_;
  contract::Reject reject_;
  DateFiles files_;
  WaitingEvents waiting_;
  int64_t rows_in_batch_ = 0;
  int64_t bytes_unchecked_ = 0;  // Of events since memory was looked at.
  Dt last_dt_;  // Of the file in last_file_: most neighbours share a date.
  lake::ClickFileWriter* last_file_ = nullptr;

  const std::shared_ptr<MemoryHeld> memory_;
  int64_t own_memory_ = 0;  // What of memory_ is this encoder's.
  std::atomic<int64_t> file_bytes_{0};
  std::atomic<int64_t> open_files_{0};

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;
  int64_t queued_bytes_ = 0;
  bool is_working_ = false;
  bool is_stopping_ = false;
  std::optional<Error> error_;
  std::thread thread_;
};

}  // namespace rcml::sink

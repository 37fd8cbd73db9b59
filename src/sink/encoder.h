// sink/encoder.h: one thread that turns event batches into the rows and rejects of a generation's files.
//
// The main thread hands it batches in order and, at a flush, asks for the files. The queue between them is bounded.
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
#include "lake/store/location.h"
#include "sink/generation.h"
#include "sink/known_rejects.h"

namespace rcml::sink {

struct EncoderOptions {
  contract::DecodeLimits decode;
  lake::FileOptions files;
  std::string log_name;  // Part of the file names.
  int64_t queue_batches_max = 4;
};

struct EncoderTables {
  const lake::Location* clicks = nullptr;  // Outlive the encoder.
  const lake::Location* rejects = nullptr;
};

class Encoder {
 public:
  Encoder(const EncoderOptions& options, const EncoderTables& tables,
          std::shared_ptr<const KnownRejects> known_rejects);
  ~Encoder();  // Drops what is queued and not handed over.

  bool is_full() const { return queue_length() >= options_.queue_batches_max; }
  int64_t queue_length() const;  // Waiting, and the one at work.
  // Never blocks; the caller looks at is_full first.
  void encode(std::shared_ptr<Generation> generation, broker::EventBatch batch);
  // After all batches given so far: moves the files into generation->file_sets, then calls `done` on this thread.
  void hand_over(std::shared_ptr<Generation> generation, std::function<void()> done);

  int64_t memory_bytes() const { return memory_bytes_.load(std::memory_order_relaxed); }
  int64_t file_bytes() const { return file_bytes_.load(std::memory_order_relaxed); }
  int64_t open_dts() const { return open_dts_.load(std::memory_order_relaxed); }
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
  Status encode_batch(Generation& generation, const broker::EventBatch& batch);
  Status add_row(Generation& generation, const contract::ClickRow& row);
  Status add_reject(Generation& generation, const contract::Reject& reject);
  Result<lake::ClickFileWriter*> clicks_file(Dt dt, const contract::ClickRow& row);
  Result<lake::RejectFileWriter*> rejects_file(Dt dt, const contract::Reject& reject);
  void note_sizes();

  const EncoderOptions options_;
  const EncoderTables tables_;
  const std::shared_ptr<const KnownRejects> known_rejects_;
  contract::Decoder decoder_;
  contract::ClickRow row_;
  contract::Reject reject_;
  FileSet files_;
  Dt last_dt_;  // Of the file in last_file_: most neighbours share a date.
  lake::ClickFileWriter* last_file_ = nullptr;

  std::atomic<int64_t> memory_bytes_{0};
  std::atomic<int64_t> file_bytes_{0};
  std::atomic<int64_t> open_dts_{0};

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;
  bool is_working_ = false;
  bool is_stopping_ = false;
  std::optional<Error> error_;
  std::thread thread_;
};

}  // namespace rcml::sink

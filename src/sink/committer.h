// sink/committer.h: one thread that makes a generation durable and commits it, while the next one is being filled.
//
// Order, each step skipped after a crash when the log shows it done: finish the files (closed, durable) -> commit
// rejects with their marks -> commit clicks with theirs. At most one generation is under way.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "core/result.h"
#include "lake/schemas.h"
#include "sink/commit.h"
#include "sink/generation.h"
#include "sink/metrics.h"

namespace rcml::sink {

struct CommitterOptions {
  std::string group;
  std::string topic;
  CommitLimits limits;
  int32_t finishers = 4;  // Files closed (uploaded) at once.
};

enum class GenerationOutcome : uint8_t { committed, moved };

struct GenerationResult {
  GenerationOutcome outcome = GenerationOutcome::committed;
  std::shared_ptr<Generation> generation;
};

class Committer {
 public:
  // The reports of one generation's two commits. A commit that was not tried has none; the last verdict counts.
  struct TwoReports {
    std::optional<CommitReport> rejects;
    std::optional<CommitReport> clicks;
  };

  // `tables` is used by this thread alone while a generation is under way; the caller may use it when is_free().
  Committer(CommitterOptions options, lake::LakeTables& tables, Metrics& metrics);
  ~Committer();

  bool is_free() const;  // Nothing under way and no result waiting.
  void start(std::shared_ptr<Generation> generation);
  // The result of the generation under way, once. nullopt: still under way, or nothing was started.
  std::optional<Result<GenerationResult>> take_result();
  // As take_result, waiting up to `wait_max`.
  std::optional<Result<GenerationResult>> wait_result(Millis wait_max);

 private:
  void run();
  Result<GenerationResult> commit(const std::shared_ptr<Generation>& generation);
  Result<TwoReports> commit_both(const Generation& generation, const FinishedFiles& finished);
  void drop(const Generation& generation, const TwoReports& reports);
  void note_commit(const Generation& generation, const CommitReport& report, const std::vector<lake::DataFile>& files,
                   int64_t micros);

  const CommitterOptions options_;
  lake::LakeTables& tables_;
  Metrics& metrics_;
  RepeatedCommit rejects_commit_;  // These two: of this thread alone.
  RepeatedCommit clicks_commit_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  std::shared_ptr<Generation> waiting_;
  std::optional<Result<GenerationResult>> result_;
  bool is_busy_ = false;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace rcml::sink

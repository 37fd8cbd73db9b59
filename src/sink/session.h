// sink/session.h: what a worker holds between two looks at the lake's marks: positions, encoders, the generation being
// filled. Dropping a session drops everything that is not committed; the next one starts from the marks.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "sink/committer.h"
#include "sink/encoder.h"
#include "sink/flush_policy.h"
#include "sink/stream.h"

namespace rcml::sink {

class Session {
 public:
  // Reads the marks, seeks each partition and starts the encoders. The committer must be free.
  static Result<std::unique_ptr<Session>> start(const StreamOptions& options, broker::EventSource& source,
                                                lake::LakeTables& tables, Committer& committer, Metrics& metrics,
                                                const std::vector<Partition>& partitions);
  ~Session();

  bool can_take() const;  // An encoder has room.
  void take(broker::EventBatch batch);
  PendingStats pending() const;
  bool is_flushing() const { return is_flushing_; }
  void begin_flush(FlushReason reason);  // Needs !is_flushing() and something pending.
  // Looks for the result of the flush under way, waiting up to `wait_max`. moved: this session is stale.
  Result<std::optional<GenerationOutcome>> end_flush(Millis wait_max);
  std::optional<Error> error() const;

  bool has_read_to(const std::map<Partition, Offset>& targets) const;
  bool has_all_committed() const { return !is_flushing_ && generation_->spans.empty(); }
  const std::map<Partition, Offset>& positions() const { return positions_; }
  const std::map<Partition, Offset>& committed() const { return committed_; }

 private:
  Session(const StreamOptions& options, broker::EventSource& source, Committer& committer, Metrics& metrics);
  Status seek_all(lake::LakeTables& tables, const std::vector<Partition>& partitions);
  void note_late_start(Partition partition, Offset begin) const;
  Status start_encoders(lake::LakeTables& tables);
  Encoder& pick_encoder();
  void renew_generation();
  void note_log(const Generation& done);
  void note_absences(const Generation& done);

  const StreamOptions& options_;
  broker::EventSource& source_;
  Committer& committer_;
  Metrics& metrics_;
  std::map<Partition, Offset> positions_;  // Next offset to take.
  std::map<Partition, Offset> committed_;
  std::string log_id_;
  lake::Marks clicks_marks_;               // As known: found at the start, then moved on by our own commits.
  lake::Marks rejects_marks_;
  lake::Marks gap_marks_;
  std::shared_ptr<const KnownRejects> known_rejects_;
  const std::shared_ptr<MemoryHeld> encoder_memory_ = std::make_shared<MemoryHeld>(0);
  std::vector<std::unique_ptr<Encoder>> encoders_;
  std::shared_ptr<Generation> generation_;
  PendingStats pending_;
  int64_t generations_ = 0;
  bool is_flushing_ = false;
};

}  // namespace rcml::sink

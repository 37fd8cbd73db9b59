// broker/spool/partition_reader.h: one partition of a spool, read line by line from a position on.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "broker/event_source.h"
#include "broker/spool/buffer_pool.h"
#include "broker/spool/file.h"
#include "broker/spool/layout.h"
#include "broker/spool/segment_index.h"

namespace rcml::broker::spool {

class PartitionReader {
 public:
  struct Limits {
    int64_t batch_bytes;
    int64_t line_bytes_max;
  };
  PartitionReader(std::string spool_dir, Partition partition, const SpoolHeader& header, const Limits& limits,
                  std::shared_ptr<BufferPool> pool);

  // From the first segment's start to the end of the last complete line.
  Result<OffsetRange> range();
  void seek(Offset next);
  // The next lines, as many as there are up to the batch size; nothing when there is no complete line yet. A batch may
  // hold no event when it only moves on over blank lines or over what a power cut lost.
  Result<std::optional<EventBatch>> read();
  Offset position() const { return Offset(next_); }
  // How often the folder was listed; for tests of what reading costs.
  int64_t listing_count() const { return index_.listing_count(); }
  bool is_paused = false;

 private:
  enum class Step : uint8_t { go_on, at_end };

  Result<Step> open_segment();
  Result<Step> leave_segment(EventBatch& batch);
  Result<int64_t> end_of(const SegmentName& segment) const;
  Result<Step> enter_next(const SegmentName& current, const SegmentName& after, int64_t next_start, EventBatch& batch);
  Status enter(const SegmentName& segment);
  Result<bool> read_lines(EventBatch& batch);
  Result<bool> read_long_line(EventBatch& batch, const char* head, int64_t head_bytes);
  void take_lines(EventBatch& batch, std::string_view lines);
  contract::SourceEvent event_at(int64_t position, std::string_view bytes) const;
  Status note_torn_tail(int64_t bytes);
  Error beyond_end_error(const std::string& last_path, int64_t end) const;
  Error gap_error(const SegmentName& before, int64_t end, const SegmentName& after) const;

  const std::string spool_dir_;
  const std::string dir_;
  const Partition partition_;
  const Millis roll_age_;
  const Limits limits_;
  std::shared_ptr<BufferPool> pool_;  // Shared: buffers outlive the reader.
  SegmentIndex index_;
  int64_t next_ = 0;
  std::optional<SegmentName> segment_;
  File file_;
  size_t events_hint_ = 0;
  int64_t torn_noted_at_ = -1;
};

}  // namespace rcml::broker::spool

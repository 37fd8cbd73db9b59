// broker/spool/source.h: reads a spool from any position, also while it is written.
//
// What is handed out: whole lines only. A line is complete when its newline is in the file; the writer writes a line
// once and never changes it, so a complete line stays as it is. A position that was handed out means the same bytes for
// ever, hence a second reading after a crash gives the same events with the same arrival times.
#pragma once

#include <memory>
#include <string>

#include "broker/event_source.h"
#include "broker/spool/layout.h"

namespace rcml::broker::spool {

struct SpoolSourceOptions {
  std::string dir;
  std::string name;  // Instead of the spool's own; empty: its own.
  int64_t batch_bytes = 1 << 20;
  // Of a longer line this many bytes are handed out, and SourceEvent::full_bytes tells its true length.
  int64_t line_bytes_max = 16 << 20;
};

// Not thread-safe. The batches it gives may be used and dropped on any thread.
class SpoolSource : public EventSource {
 public:
  static Result<std::unique_ptr<SpoolSource>> open(const SpoolSourceOptions& options);
  ~SpoolSource() override;

  const std::string& name() const override;
  Result<std::string> id() override;  // "spool:" and 32 hex digits.
  Result<std::vector<Partition>> partitions() override;
  // From the first segment's start to the end of the last complete line.
  Result<OffsetRange> range(Partition partition) override;
  bool has_dense_offsets() const override { return false; }
  Status seek(Partition partition, Offset next) override;
  // The first answer is `assigned` with all partitions: a spool has one reader, which owns it whole.
  Result<Polled> poll(Millis wait_max) override;
  Status pause(const std::vector<Partition>& partitions) override;
  Status resume(const std::vector<Partition>& partitions) override;
  void note_committed(Partition partition, Offset next) override;

 private:
  struct State;
  explicit SpoolSource(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace rcml::broker::spool

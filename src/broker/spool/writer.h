// broker/spool/writer.h: appends events to a spool. One writer per spool at a time; docs/formats/spool.md.
//
// Events gather in a buffer per partition and go to the file when it is full or 200 ms old, so that tailing readers see
// them. A background thread does that for idle partitions, ends segments that are old, and makes ended ones durable and
// sealed, so that the caller seldom waits for the disk. What is durable is known after `sync` or `close`.
#pragma once

#include <memory>
#include <string>

#include "broker/event_source.h"
#include "broker/spool/layout.h"

namespace rcml::broker::spool {

struct SpoolWriterOptions {
  std::string dir;
  std::string name;  // Of a new spool; empty: made from the folder's name.
  int32_t partitions = 1;  // Of a new spool; an existing one keeps its own.
  int64_t segment_bytes_max = int64_t{64} << 20;  // At most 128 MiB (kUnsyncedBytesMax).
  Millis roll_age{60'000};  // Of a new spool.
  Millis visible_age_max{200};  // How long an event may wait in memory.
  int64_t event_bytes_max = 16 << 20;
};

// Thread-safe: calls are taken one after the other.
class SpoolWriter : public EventWriter {
 public:
  // Makes the spool when there is none, recovers it when its last writer died. bad_config when the folder holds
  // something else; unavailable when another writer has it.
  static Result<std::unique_ptr<SpoolWriter>> open(const SpoolWriterOptions& options);
  // Closes; an error is logged. Whoever wants to know calls close() before.
  ~SpoolWriter() override;

  Status write(std::string_view key, std::string_view event) override;
  Status write_many(std::string_view lines, std::span<const KeyedEvent> events) override;
  Status flush() override;
  // All that was written is durable and visible afterwards; the segments stay open.
  Status sync();
  // The same, and every segment is sealed. After an error the segments stay open; the next writer recovers them.
  Status close() override;

  const SpoolHeader& header() const;

 private:
  struct State;
  explicit SpoolWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace rcml::broker::spool

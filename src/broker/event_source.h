// broker/event_source.h: the log of events, read side: spool files and Kafka behind one small interface.
//
// A source hands out events of the partitions it owns, in order within a partition. It keeps no progress of its own:
// the sink tells it where to start (`seek`), and the lake's log is the only truth about what was done.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/absences.h"
#include "contract/event.h"
#include "core/result.h"

namespace rcml::broker {

// Events of one partition, in offset order, with the bytes they view. `next` is the offset after the last one, and
// covers positions that hold no event (control records, blank lines, compacted-away offsets); where offsets are dense,
// `absences` says how many.
struct EventBatch {
  Partition partition;
  Offset first;
  Offset next;
  std::vector<contract::SourceEvent> events;
  std::shared_ptr<const void> owner;  // Shared: batches travel to encoder threads and outlive the poll.
  int64_t bytes = 0;
  Absences absences;
};

enum class PollKind : uint8_t {
  events,    // `batch` is filled.
  idle,      // Nothing came within the time given.
  assigned,  // `partitions` are now ours: seek each before the next poll.
  revoked,   // `partitions` are no longer ours: drop what is not committed. They are left at the next poll.
};

struct Polled {
  PollKind kind = PollKind::idle;
  EventBatch batch;
  std::vector<Partition> partitions;
};

class EventSource {
 public:
  virtual ~EventSource() = default;
  // Name of the log in marks and file names: the topic, or the spool's name, unless a person chose another.
  // [A-Za-z0-9._-]+
  virtual const std::string& name() const = 0;
  // Which log it is, whatever its name: two logs never have the same one. Empty when that cannot be known (a spool of rcml
  // 0.1 on a read-only disk, a broker that does not say). unavailable when the log's server does not answer.
  virtual Result<std::string> id() { return std::string(); }
  virtual Result<std::vector<Partition>> partitions() = 0;
  // What exists in a partition. Events below its begin are gone (Kafka retention).
  virtual Result<OffsetRange> range(Partition partition) = 0;
  // As range(), from what is known already and without waiting; for showing how far behind we are.
  virtual Result<OffsetRange> known_range(Partition partition) { return range(partition); }
  // False while the log's server is known to be away: what is known of it is then of yesterday.
  virtual bool is_reachable() const { return true; }
  // Whether each event takes one offset (Kafka), so that offsets without an event can be counted; a spool's are bytes.
  virtual bool has_dense_offsets() const = 0;
  // What may have left dense offsets without an event. May ask the log's server, at most once a minute.
  virtual AbsenceCause absence_cause() { return AbsenceCause::unknown; }
  virtual Status seek(Partition partition, Offset next) = 0;
  virtual Result<Polled> poll(Millis wait_max) = 0;
  // Stop and go on reading without leaving the group; for when the sink's memory budget is used up.
  virtual Status pause(const std::vector<Partition>& partitions) = 0;
  virtual Status resume(const std::vector<Partition>& partitions) = 0;
  // A hint to lag monitors only. Errors are logged, not returned.
  virtual void note_committed(Partition partition, Offset next) = 0;
};

// An event and what picks its partition.
struct KeyedEvent {
  std::string_view key;
  std::string_view event;
};

// The log of events, write side. Thread-safe per sink object only when its class says so.
class EventWriter {
 public:
  virtual ~EventWriter() = default;
  // Appends one event (no newline inside). `key` picks the partition: equal keys stay in order.
  virtual Status write(std::string_view key, std::string_view event) = 0;
  // Appends many. `lines` holds the same events in the same order, each followed by a newline, and the views point into
  // it: a writer with one partition may append it as it is.
  virtual Status write_many(std::string_view lines, std::span<const KeyedEvent> events) {
    (void)lines;
    for (const auto& [key, event] : events) RCML_OK(write(key, event));
    return {};
  }
  // Readers can see all that was written afterwards; it need not be durable yet. Live producers call it often.
  virtual Status flush() { return {}; }
  // All that was written is durable afterwards.
  virtual Status close() = 0;
};

}  // namespace rcml::broker

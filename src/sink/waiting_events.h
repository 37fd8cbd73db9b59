// sink/waiting_events.h: the bytes of events whose dates have no file open yet, until their dates are written.
//
// A log in which many dates alternate would need a file open for each; kept as bytes, an event costs its length and not
// the buffers of a file. They are decoded again when they are written, with the time of the first reading.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "contract/event.h"
#include "core/ids.h"
#include "core/result.h"

namespace rcml::sink {

struct WaitingEvent {
  Dt dt;
  Partition partition;
  UtcMicros read_at;  // When it was first decoded.
  contract::SourceEvent event;  // Its bytes live as long as the call that hands it out.
};

class WaitingEvents {
 public:
  // Copies the bytes. The event must be whole: one of which only the beginning was read is a reject and never waits.
  void add(const contract::SourceEvent& event, Partition partition, UtcMicros read_at, Dt dt);
  bool is_empty() const { return events_.empty(); }
  int64_t bytes_held() const;
  // Hands out all, in order of date and within a date as they were added, until `take` fails. None is left afterwards.
  Status take_all(const std::function<Status(const WaitingEvent&)>& take);

 private:
  struct Kept {
    Dt dt;
    Partition partition;
    UtcMicros read_at;
    UtcMicros arrived_at;
    Offset offset;
    size_t begin = 0;  // In bytes_.
    size_t length = 0;
  };
  std::string bytes_;
  std::vector<Kept> events_;
};

}  // namespace rcml::sink

#include "sink/waiting_events.h"

#include <algorithm>
#include <utility>

namespace rcml::sink {

void WaitingEvents::add(const contract::SourceEvent& event, Partition partition, UtcMicros read_at, Dt dt) {
  RCML_CHECK(event.full_bytes == 0 && !event.is_tombstone);
  events_.push_back({dt, partition, read_at, event.arrived_at, event.offset, bytes_.size(), event.bytes.size()});
  bytes_.append(event.bytes);
}

int64_t WaitingEvents::bytes_held() const {
  return static_cast<int64_t>(bytes_.capacity() + events_.capacity() * sizeof(Kept));
}

Status WaitingEvents::take_all(const std::function<Status(const WaitingEvent&)>& take) {
  const std::string bytes = std::exchange(bytes_, {});
  std::vector<Kept> events = std::exchange(events_, {});
  std::stable_sort(events.begin(), events.end(), [](const Kept& a, const Kept& b) { return a.dt < b.dt; });
  for (const Kept& kept : events) {
    WaitingEvent waiting{kept.dt, kept.partition, kept.read_at, {}};
    waiting.event.offset = kept.offset;
    waiting.event.arrived_at = kept.arrived_at;
    waiting.event.bytes = std::string_view(bytes).substr(kept.begin, kept.length);
    RCML_OK(take(waiting));
  }
  return {};
}

}  // namespace rcml::sink

#include "sink/log_reader.h"

#include <algorithm>

namespace rcml::sink {
namespace {

constexpr Millis kPollWait{200};
constexpr int kIdlePollsMax = 150;  // 30 s without an event below the mark: the log does not give what it should have.

// One partition after another would be too slow for many partitions: all go on side by side, each to its end.
class LogReader {
 public:
  LogReader(broker::EventSource& source, const std::map<Partition, broker::OffsetRange>& spans,
            const EventVisitor& visit)
      : source_(source), spans_(spans), visit_(visit) {
    for (const auto& [partition, span] : spans) position_[partition] = span.begin;
  }

  Status read() {
    for (int idle = 0; !is_done() && idle < kIdlePollsMax;) {
      RCML_TRY(const broker::Polled polled, source_.poll(kPollWait));
      if (polled.kind == broker::PollKind::assigned) RCML_OK(seek_all());
      if (polled.kind != broker::PollKind::events) {
        ++idle;
        continue;
      }
      idle = 0;
      take(polled.batch);
    }
    if (!is_done())
      return unavailable("the log gave no more events before the lake's marks were reached",
                         "Check the log and run this again");
    return {};
  }

 private:
  bool is_done() const {
    return std::all_of(position_.begin(), position_.end(),
                       [&](const auto& at) { return at.second >= spans_.at(at.first).end; });
  }

  Status seek_all() {
    for (const auto& [partition, position] : position_) RCML_OK(source_.seek(partition, position));
    return {};
  }

  void take(const broker::EventBatch& batch) {
    const auto span = spans_.find(batch.partition);
    if (span == spans_.end()) return;
    for (const contract::SourceEvent& event : batch.events) {
      if (event.offset >= span->second.end) break;
      visit_(batch.partition, event);
    }
    position_[batch.partition] = batch.next;
  }

  broker::EventSource& source_;
  const std::map<Partition, broker::OffsetRange>& spans_;
  const EventVisitor& visit_;
  std::map<Partition, Offset> position_;
};

}  // namespace

Status read_log(broker::EventSource& source, const std::map<Partition, broker::OffsetRange>& spans,
                const EventVisitor& visit) {
  return LogReader(source, spans, visit).read();
}

}  // namespace rcml::sink

// sink/log_reader.h: the log of events once more, from a position to another in each partition; for the audit and for
// taking over a lake, which compare the log with what the lake holds.
#pragma once

#include <functional>
#include <map>

#include "broker/event_source.h"
#include "core/result.h"

namespace rcml::sink {

using EventVisitor = std::function<void(Partition, const contract::SourceEvent&)>;

// Calls `visit` for every event, tombstones included, whose offset is in its partition's span, in order within a
// partition. `source` must hand out all partitions, and be read by nobody else. unavailable when the log ends before a
// span does.
Status read_log(broker::EventSource& source, const std::map<Partition, broker::OffsetRange>& spans,
                const EventVisitor& visit);

}  // namespace rcml::sink

// broker/kafka/writer.h: a Kafka topic as a place to write events to: idempotent, acknowledged by all replicas, keyed.
#pragma once

#include <memory>

#include "broker/event_source.h"
#include "broker/open.h"

namespace rcml::broker::kafka {

// write() blocks while the client's queue is full. An event above event_bytes_max, or refused by the broker, fails the
// write or the close: it is never dropped silently.
Result<std::unique_ptr<EventWriter>> open_kafka_writer(const WriterOptions& options);

}  // namespace rcml::broker::kafka

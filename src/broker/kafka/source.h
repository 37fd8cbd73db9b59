// broker/kafka/source.h: a Kafka topic as a log of events: one member of a consumer group, or (standalone) a reader of
// all partitions that leaves no trace on the broker.
//
// Offsets come from `seek` alone: a partition given by the group is fetched only once the sink said from where, and a
// position that the broker no longer has is reported, never skipped. Only committed transactions are read. Payloads are
// not copied: a batch owns the librdkafka messages it views.
#pragma once

#include <memory>

#include "broker/event_source.h"
#include "broker/open.h"

namespace rcml::broker::kafka {

Result<std::unique_ptr<EventSource>> open_kafka_source(const SourceOptions& options);

}  // namespace rcml::broker::kafka

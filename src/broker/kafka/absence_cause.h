// broker/kafka/absence_cause.h: what may have left offsets of a topic without an event, as its broker knows it.
//
// A client never sees what took an offset that it was not given: the marker of a transaction looks like an event that was
// lost. What the broker does tell is whether the topic is compacted, and whether anybody ever used transactions there.
#pragma once

#include <librdkafka/rdkafka.h>

#include <optional>
#include <string>

#include "broker/absences.h"

namespace rcml::broker::kafka {

struct BrokerFacts {
  std::optional<std::string> cleanup_policy;  // "delete", "compact" or both. nullopt: not told.
  std::optional<bool> has_transactions;  // Of any topic: the broker keeps one record of them all.
};

// Pure.
AbsenceCause cause_of(const BrokerFacts& facts);

// Asks the broker, waiting some seconds at the most. Needs the right to describe the topic's configuration; what is
// refused is logged and not known.
AbsenceCause ask_absence_cause(rd_kafka_t* client, const std::string& topic);

}  // namespace rcml::broker::kafka

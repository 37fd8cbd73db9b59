// broker/kafka/admin.h: questions to the broker about a topic, each with a bounded wait.
#pragma once

#include <librdkafka/rdkafka.h>

#include <functional>
#include <memory>
#include <string>

#include "core/result.h"

namespace rcml::broker::kafka {

inline constexpr int kAskWaitMs = 5000;  // For one answer.

struct AdminOptionsFree {
  void operator()(rd_kafka_AdminOptions_t* options) const { rd_kafka_AdminOptions_destroy(options); }
};
using AdminOptions = std::unique_ptr<rd_kafka_AdminOptions_t, AdminOptionsFree>;

AdminOptions bounded(rd_kafka_t* client, rd_kafka_admin_op_t operation);

// Calls `look` with the description when there is one. Asking for a topic does not make it. The client's own code for a
// wait that was too long: RD_KAFKA_RESP_ERR__TIMED_OUT.
rd_kafka_resp_err_t describe_topic(rd_kafka_t* client, const std::string& topic,
                                   const std::function<void(const rd_kafka_TopicDescription_t*)>& look);

// "kafka:CLUSTER/TOPIC-ID", which a topic that was deleted and created again under its name does not share. Only
// "kafka:CLUSTER" when the broker gives its topics no ids (before Kafka 2.8) or does not let us ask, and empty when it does
// not name its cluster either. unavailable when no broker answers.
Result<std::string> topic_identity(rd_kafka_t* client, const std::string& topic);

}  // namespace rcml::broker::kafka

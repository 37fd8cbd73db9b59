// broker/kafka/client.h: librdkafka handles with owners, and its errors as ours.
#pragma once

#include <librdkafka/rdkafka.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/ids.h"
#include "core/result.h"

namespace rcml::broker::kafka {

using Properties = std::map<std::string, std::string>;

struct ConfFree {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};
using Conf = std::unique_ptr<rd_kafka_conf_t, ConfFree>;

// Waits a bounded time only: librdkafka never ends a client whose topic was deleted under it.
struct ClientFree {
  void operator()(rd_kafka_t* client) const;
};
using Client = std::unique_ptr<rd_kafka_t, ClientFree>;

struct ListFree {
  void operator()(rd_kafka_topic_partition_list_t* list) const { rd_kafka_topic_partition_list_destroy(list); }
};
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t, ListFree>;

struct QueueFree {
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
};
using Queue = std::unique_ptr<rd_kafka_queue_t, QueueFree>;

struct EventFree {
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
};
using Event = std::unique_ptr<rd_kafka_event_t, EventFree>;

PartitionList make_list(const std::string& topic, const std::map<Partition, Offset>& positions);

// Defaults first, then what the person set; all faults at once. The log goes to ours, levels mapped.
Result<Conf> make_conf(const Properties& defaults, const Properties& properties);
// Takes the conf. bad_config with librdkafka's words (they name the property).
Result<Client> make_client(rd_kafka_type_t type, Conf conf);

// Partition ids of a topic, ascending. bad_config when there is no such topic; unavailable when no broker answers.
Result<std::vector<Partition>> topic_partitions(rd_kafka_t* client, const std::string& topic);

Error kafka_error(const std::string& action, rd_kafka_resp_err_t code, const std::string& detail = {});

}  // namespace rcml::broker::kafka

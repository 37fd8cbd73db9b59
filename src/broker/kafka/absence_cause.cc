#include "broker/kafka/absence_cause.h"

#include "broker/kafka/admin.h"
#include "broker/kafka/client.h"
#include "core/log.h"

namespace rcml::broker::kafka {
namespace {

constexpr const char* kTransactionLog = "__transaction_state";  // Made at the first transaction anybody begins.

struct ConfigResourceFree {
  void operator()(rd_kafka_ConfigResource_t* resource) const { rd_kafka_ConfigResource_destroy(resource); }
};

void log_not_told(const std::string& what, rd_kafka_resp_err_t code) {
  log_warn("the broker does not tell", {{"what", what}, {"error", rd_kafka_err2str(code)}});
}

std::optional<std::string> cleanup_policy(rd_kafka_t* client, const std::string& topic) {
  const std::unique_ptr<rd_kafka_ConfigResource_t, ConfigResourceFree> resource(
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  const AdminOptions options = bounded(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
  const Queue queue(rd_kafka_queue_new(client));
  rd_kafka_ConfigResource_t* resources[] = {resource.get()};
  rd_kafka_DescribeConfigs(client, resources, 1, options.get(), queue.get());
  const Event event(rd_kafka_queue_poll(queue.get(), 2 * kAskWaitMs));
  rd_kafka_resp_err_t code = event ? rd_kafka_event_error(event.get()) : RD_KAFKA_RESP_ERR__TIMED_OUT;
  size_t count = 0;
  const rd_kafka_ConfigResource_t** told = nullptr;
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    told = rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event.get()), &count);
    if (count == 1) code = rd_kafka_ConfigResource_error(told[0]);
  }
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR && count == 1) {
    size_t entry_count = 0;
    const rd_kafka_ConfigEntry_t** entries = rd_kafka_ConfigResource_configs(told[0], &entry_count);
    for (size_t i = 0; i < entry_count; ++i) {
      const char* value = rd_kafka_ConfigEntry_value(entries[i]);
      if (std::string_view(rd_kafka_ConfigEntry_name(entries[i])) == "cleanup.policy" && value != nullptr) return value;
    }
  }
  log_not_told("cleanup.policy of " + topic, code);
  return std::nullopt;
}

// Of a topic that the broker keeps for itself; asking for it does not make it.
std::optional<bool> has_transaction_log(rd_kafka_t* client) {
  const rd_kafka_resp_err_t code = describe_topic(client, kTransactionLog, [](const rd_kafka_TopicDescription_t*) {});
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return true;
  if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) return false;
  log_not_told("whether there are transactions", code);
  return std::nullopt;
}

}  // namespace

AbsenceCause cause_of(const BrokerFacts& facts) {
  if (!facts.cleanup_policy) return AbsenceCause::unknown;
  if (facts.cleanup_policy->find("compact") != std::string::npos) return AbsenceCause::compaction;
  if (!facts.has_transactions) return AbsenceCause::unknown;
  return *facts.has_transactions ? AbsenceCause::transactions : AbsenceCause::none;
}

AbsenceCause ask_absence_cause(rd_kafka_t* client, const std::string& topic) {
  return cause_of({.cleanup_policy = cleanup_policy(client, topic), .has_transactions = has_transaction_log(client)});
}

}  // namespace rcml::broker::kafka

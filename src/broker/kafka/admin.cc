#include "broker/kafka/admin.h"

#include <cstdlib>

#include "broker/kafka/client.h"
#include "core/log.h"

namespace rcml::broker::kafka {
namespace {

struct TopicCollectionFree {
  void operator()(rd_kafka_TopicCollection_t* topics) const { rd_kafka_TopicCollection_destroy(topics); }
};
using TopicCollection = std::unique_ptr<rd_kafka_TopicCollection_t, TopicCollectionFree>;

constexpr int kTriesMax = 3;
constexpr std::string_view kNoTopicId = "AAAAAAAAAAAAAAAAAAAAAA";  // Sixteen zero bytes in base64.

std::string cluster_id(rd_kafka_t* client) {
  const std::unique_ptr<char, void (*)(char*)> id(rd_kafka_clusterid(client, kAskWaitMs),
                                                  [](char* text) { rd_kafka_mem_free(nullptr, text); });
  return id == nullptr ? "" : id.get();
}

std::string id_in(const rd_kafka_TopicDescription_t* description) {
  const rd_kafka_Uuid_t* id = rd_kafka_TopicDescription_topic_id(description);
  const char* text = id == nullptr ? nullptr : rd_kafka_Uuid_base64str(id);
  return text == nullptr || std::string_view(text).starts_with(kNoTopicId) ? "" : text;
}

// Such a broker will not tell the next time either.
bool is_never_told(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE || code == RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION ||
         code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
}

bool is_gone(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
         code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_ID;
}

}  // namespace

AdminOptions bounded(rd_kafka_t* client, rd_kafka_admin_op_t operation) {
  AdminOptions options(rd_kafka_AdminOptions_new(client, operation));
  char text[256];
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kAskWaitMs, text, sizeof text);
  return options;
}

rd_kafka_resp_err_t describe_topic(rd_kafka_t* client, const std::string& topic,
                                   const std::function<void(const rd_kafka_TopicDescription_t*)>& look) {
  const char* names[] = {topic.c_str()};
  const TopicCollection topics(rd_kafka_TopicCollection_of_topic_names(names, 1));
  const AdminOptions options = bounded(client, RD_KAFKA_ADMIN_OP_DESCRIBETOPICS);
  const Queue queue(rd_kafka_queue_new(client));
  rd_kafka_DescribeTopics(client, topics.get(), options.get(), queue.get());
  const Event event(rd_kafka_queue_poll(queue.get(), 2 * kAskWaitMs));
  if (event == nullptr) return RD_KAFKA_RESP_ERR__TIMED_OUT;
  if (const rd_kafka_resp_err_t code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return code;
  size_t count = 0;
  const rd_kafka_TopicDescription_t** told =
      rd_kafka_DescribeTopics_result_topics(rd_kafka_event_DescribeTopics_result(event.get()), &count);
  if (count != 1) return RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
  const rd_kafka_resp_err_t code = rd_kafka_error_code(rd_kafka_TopicDescription_error(told[0]));
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) look(told[0]);
  return code;
}

Result<std::string> topic_identity(rd_kafka_t* client, const std::string& topic) {
  const std::string cluster = cluster_id(client);
  if (cluster.empty()) return std::string();
  std::string id;
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__TIMED_OUT;
  for (int tries = 0; tries < kTriesMax && code == RD_KAFKA_RESP_ERR__TIMED_OUT; ++tries)
    code = describe_topic(client, topic, [&id](const rd_kafka_TopicDescription_t* told) { id = id_in(told); });
  if (is_gone(code)) {
    return needs_person("topic " + topic + " is gone from the broker",
                        "If it was created again, read the new one under another name: --source-name NAME");
  }
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR && !is_never_told(code))
    return kafka_error("asking for the id of topic " + topic, code);
  return "kafka:" + cluster + (id.empty() ? "" : "/" + id);
}

}  // namespace rcml::broker::kafka

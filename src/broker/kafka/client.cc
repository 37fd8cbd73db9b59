#include "broker/kafka/client.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <thread>

#include "core/log.h"
#include "core/stop.h"

namespace rcml::broker::kafka {
namespace {

constexpr int kLogErr = 3;  // syslog(3) LOG_ERR
constexpr int kMetadataWaitMs = 10'000;
constexpr int kUnknownTopicTries = 5;
constexpr Millis kUnknownTopicWait{400};
constexpr int kMetadataTries = 3;
constexpr std::chrono::seconds kEndWait{5};

// Why the last connection failed. A request that waited for one says only that it timed out; the reason comes by the
// log alone, from librdkafka's own threads.
class LastFailure {
 public:
  void note(const std::string& text) {
    const std::lock_guard lock(mutex_);
    text_ = text;
  }
  std::string text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

// Never destroyed: librdkafka's threads may outlive main's statics.
LastFailure& last_failure() {
  static auto* const failure = new LastFailure;
  return *failure;
}

bool is_login_refused(const std::string& failure) { return failure.find("SASL authentication error") != failure.npos; }
bool is_certificate_refused(const std::string& failure) { return failure.find("SSL handshake failed") != failure.npos; }

void on_log(const rd_kafka_t*, int level, const char* facility, const char* text) {
  if (std::string_view(facility) == "FAIL") last_failure().note(text);
  if (level <= kLogErr) log_warn("kafka client", {{"facility", facility}, {"text", text}});
  else log_debug("kafka client", {{"facility", facility}, {"text", text}});
}

struct MetadataFree {
  void operator()(const rd_kafka_metadata_t* metadata) const { rd_kafka_metadata_destroy(metadata); }
};
using Metadata = std::unique_ptr<const rd_kafka_metadata_t, MetadataFree>;

struct TopicFree {
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
};

Result<Metadata> read_metadata(rd_kafka_t* client, const std::string& topic) {
  const std::unique_ptr<rd_kafka_topic_t, TopicFree> handle(rd_kafka_topic_new(client, topic.c_str(), nullptr));
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__FAIL;
  for (int attempt = 0; attempt < kMetadataTries; ++attempt) {
    const rd_kafka_metadata_t* metadata = nullptr;
    code = rd_kafka_metadata(client, 0, handle.get(), &metadata, kMetadataWaitMs);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return Metadata(metadata);
    const std::string failure = last_failure().text();
    if (is_login_refused(failure) || is_certificate_refused(failure)) break;  // No later try fares better.
  }
  return kafka_error("asking for topic " + topic, code);
}

}  // namespace

// What is left running after the wait calls nothing of ours but the log.
void ClientFree::operator()(rd_kafka_t* client) const {
  const auto ended = std::make_shared<std::promise<void>>();
  std::thread([client, ended] {
    rd_kafka_destroy(client);
    ended->set_value();
  }).detach();
  if (ended->get_future().wait_for(kEndWait) != std::future_status::ready)
    log_warn("the Kafka client does not end, left behind");
}

PartitionList make_list(const std::string& topic, const std::map<Partition, Offset>& positions) {
  PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(positions.size())));
  for (const auto& [partition, offset] : positions) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition.value)->offset = offset.value;
  }
  return list;
}

Result<Conf> make_conf(const Properties& defaults, const Properties& properties) {
  Conf conf(rd_kafka_conf_new());
  Properties all = properties;
  all.insert(defaults.begin(), defaults.end());
  std::string faults;
  for (const auto& [name, value] : all) {
    char text[256];
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), text, sizeof text) == RD_KAFKA_CONF_OK) continue;
    faults += (faults.empty() ? "" : "\n") + ("Kafka property " + name) + ": " + text;
  }
  if (!faults.empty()) return bad_config(faults, "The properties are librdkafka's; see its CONFIGURATION page");
  rd_kafka_conf_set_log_cb(conf.get(), on_log);
  return conf;
}

Result<Client> make_client(rd_kafka_type_t type, Conf conf) {
  char text[512];
  Client client(rd_kafka_new(type, conf.get(), text, sizeof text));
  if (client == nullptr) return bad_config(std::string("Kafka client: ") + text, "Check the Kafka properties given");
  [[maybe_unused]] const rd_kafka_conf_t* const owned_by_client = conf.release();
  return client;
}

namespace {

// Empty: the broker that answered knows no such topic.
Result<std::vector<Partition>> known_partitions(rd_kafka_t* client, const std::string& topic) {
  RCML_TRY(const Metadata metadata, read_metadata(client, topic));
  std::vector<Partition> partitions;
  for (int t = 0; t < metadata->topic_cnt; ++t) {
    const rd_kafka_metadata_topic& found = metadata->topics[t];
    if (topic != found.topic) continue;
    if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR && found.partition_cnt == 0) {
      if (found.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) break;
      return kafka_error("asking for topic " + topic, found.err);
    }
    for (int p = 0; p < found.partition_cnt; ++p) partitions.emplace_back(found.partitions[p].id);
  }
  std::sort(partitions.begin(), partitions.end());
  return partitions;
}

}  // namespace

// A topic that was just made is not known to every broker at once, so an unknown one is asked for again.
Result<std::vector<Partition>> topic_partitions(rd_kafka_t* client, const std::string& topic) {
  for (int attempt = 0; attempt < kUnknownTopicTries; ++attempt) {
    if (attempt > 0) sleep_or_stop(kUnknownTopicWait);
    RCML_TRY(std::vector<Partition> partitions, known_partitions(client, topic));
    if (!partitions.empty()) return partitions;
  }
  return bad_config(
      "there is no topic " + topic + " on that broker",
      "Make it: kafka-topics.sh --create, or rcml import /dev/null --format ndjson --out kafka://HOST:PORT/" + topic +
          " --create-topic --partitions N");
}

Error kafka_error(const std::string& action, rd_kafka_resp_err_t code, const std::string& detail) {
  std::string text = "Kafka, " + action + ": " + (detail.empty() ? rd_kafka_err2str(code) : detail);
  std::string cure = "Check that the broker runs and that its address is right";
  const bool is_unreached = code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__TIMED_OUT ||
                            code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
  const std::string failure = is_unreached ? last_failure().text() : "";
  if (!failure.empty()) text += " (" + failure + ")";
  if (is_certificate_refused(failure)) cure = "Check ssl.ca.location and security.protocol";
  if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED ||
      is_login_refused(failure)) {
    cure = "Check sasl.username, sasl.password and sasl.mechanism";
  }
  if (code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED || code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED) {
    cure = "Give this user the right to read the topic and to join the group";
  }
  if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
    cure = "Raise the topic's max.message.bytes, or lower --event-bytes-max";
  if (code == RD_KAFKA_RESP_ERR_GROUP_MAX_SIZE_REACHED)
    cure = "Run fewer workers, or raise the broker's group.max.size";
  if (code == RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT) {
    return bad_config(std::move(text),
                      "Choose session.timeout.ms between the broker's group.min.session.timeout.ms "
                      "and group.max.session.timeout.ms");
  }
  if (code == RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL || code == RD_KAFKA_RESP_ERR_INVALID_GROUP_ID) {
    return bad_config(std::move(text),
                      "Another kind of consumer may use this group's name: give this one another at the "
                      "broker, --kafka-property group.id=NAME; the lake's marks keep theirs");
  }
  return unavailable(std::move(text), std::move(cure));
}

}  // namespace rcml::broker::kafka

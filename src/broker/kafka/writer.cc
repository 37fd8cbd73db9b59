#include "broker/kafka/writer.h"

#include <atomic>
#include <mutex>
#include <optional>

#include "broker/kafka/address.h"
#include "broker/kafka/client.h"
#include "core/log.h"

namespace rcml::broker::kafka {
namespace {

constexpr int kFullQueueWaitMs = 5;
constexpr int kFlushWaitMs = 500;
constexpr int kCreateWaitMs = 30'000;
constexpr int64_t kRecordOverhead = 512;  // Headers and key of one record, on top of the event.

Properties producer_defaults() {
  return {
      {"client.id", "rcml"},
      {"enable.idempotence", "true"},
      {"acks", "all"},
      // A broker that has never heard of a producer takes whatever number its events begin with. When the leader of a new
      // topic refuses the first request and takes the second, the first events are then counted as delivered and are
      // nowhere. So no request is sent before the one ahead of it is answered (confluentinc/confluent-kafka-go#921).
      {"max.in.flight.requests.per.connection", "1"},
      {"compression.type", "lz4"},
      {"partitioner", "murmur2_random"},  // The Java client's, so that both sort a key into the same partition.
      {"linger.ms", "20"},
      {"batch.size", "1000000"},
      {"queue.buffering.max.messages", "500000"},
      {"queue.buffering.max.kbytes", "131072"},
      {"delivery.report.only.error", "true"},
      {"reconnect.backoff.max.ms", "2000"},
  };
}

struct NewTopicFree {
  void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
};

// A topic that is there already is left as it is.
Status create_topic(rd_kafka_t* client, const std::string& name, int32_t partitions) {
  char text[512];
  const std::unique_ptr<rd_kafka_NewTopic_t, NewTopicFree> topic(
      rd_kafka_NewTopic_new(name.c_str(), partitions, -1, text, sizeof text));
  if (topic == nullptr) return bad_config("topic " + name + ": " + text, "Check the name and --partitions");
  const Queue queue(rd_kafka_queue_new(client));
  rd_kafka_NewTopic_t* topics[] = {topic.get()};
  rd_kafka_CreateTopics(client, topics, 1, nullptr, queue.get());
  const Event event(rd_kafka_queue_poll(queue.get(), kCreateWaitMs));
  if (event == nullptr) return kafka_error("making topic " + name, RD_KAFKA_RESP_ERR__TIMED_OUT);
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return kafka_error("making topic " + name, rd_kafka_event_error(event.get()),
                       rd_kafka_event_error_string(event.get()));
  }
  size_t count = 0;
  const rd_kafka_topic_result_t* const* results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  for (size_t i = 0; i < count; ++i) {
    const rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[i]);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
    return kafka_error("making topic " + name, code, rd_kafka_topic_result_error_string(results[i]));
  }
  return {};
}

class KafkaWriter : public EventWriter {
 public:
  KafkaWriter(Address address, int64_t event_bytes_max)
      : address_(std::move(address)), event_bytes_max_(event_bytes_max) {}

  ~KafkaWriter() override {
    if (client_ != nullptr && !is_closed_)
      rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  }

  Status open(const WriterOptions& options) {
    Properties defaults = producer_defaults();
    defaults["bootstrap.servers"] = address_.bootstrap;
    defaults["message.max.bytes"] = std::to_string(options.event_bytes_max + kRecordOverhead);
    RCML_TRY(Conf conf, make_conf(defaults, options.kafka_properties));
    rd_kafka_conf_set_opaque(conf.get(), this);
    rd_kafka_conf_set_dr_msg_cb(conf.get(), on_delivery);
    RCML_TRY(client_, make_client(RD_KAFKA_PRODUCER, std::move(conf)));
    if (options.create_topic) RCML_OK(create_topic(client_.get(), address_.topic, options.partitions));
    RCML_TRY([[maybe_unused]] const auto partitions, topic_partitions(client_.get(), address_.topic));
    topic_.reset(rd_kafka_topic_new(client_.get(), address_.topic.c_str(), nullptr));
    return {};
  }

  Status write(std::string_view key, std::string_view event) override {
    if (static_cast<int64_t>(event.size()) > event_bytes_max_) {
      return needs_person("an event of " + std::to_string(event.size()) + " bytes is above the limit of " +
                              std::to_string(event_bytes_max_),
                          "Raise --event-bytes-max and the topic's max.message.bytes, or fix its producer");
    }
    while (rd_kafka_produce(topic_.get(), RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, const_cast<char*>(event.data()),
                            event.size(), key.data(), key.size(), nullptr) != 0) {
      const rd_kafka_resp_err_t code = rd_kafka_last_error();
      if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) return kafka_error("writing to " + address_.topic, code);
      rd_kafka_poll(client_.get(), kFullQueueWaitMs);
      RCML_OK(first_failure());
    }
    if (++writes_since_poll_ < kWritesPerPoll) return {};
    writes_since_poll_ = 0;
    rd_kafka_poll(client_.get(), 0);
    return first_failure();
  }

  Status close() override {
    is_closed_ = true;
    while (rd_kafka_outq_len(client_.get()) > 0) {
      rd_kafka_flush(client_.get(), kFlushWaitMs);
      if (rd_kafka_resp_err_t code = rd_kafka_fatal_error(client_.get(), nullptr, 0);
          code != RD_KAFKA_RESP_ERR_NO_ERROR)
        break;
    }
    return first_failure();
  }

 private:
  static constexpr int kWritesPerPoll = 1000;
  struct TopicFree {
    void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
  };

  static void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    KafkaWriter& self = *static_cast<KafkaWriter*>(opaque);
    ++self.failed_;
    if (!self.failure_) self.failure_ = kafka_error("writing to " + self.address_.topic, message->err);
  }

  Status first_failure() {
    if (!failure_) return {};
    Error error = *failure_;
    error.message += " (" + std::to_string(failed_) + " events not delivered)";
    return error;
  }

  const Address address_;
  const int64_t event_bytes_max_;
  Client client_;
  std::unique_ptr<rd_kafka_topic_t, TopicFree> topic_;
  int64_t failed_ = 0;
  std::optional<Error> failure_;
  int writes_since_poll_ = 0;
  bool is_closed_ = false;
};

}  // namespace

Result<std::unique_ptr<EventWriter>> open_kafka_writer(const WriterOptions& options) {
  RCML_TRY(Address address, parse_address(options.url));
  auto writer = std::make_unique<KafkaWriter>(std::move(address), options.event_bytes_max);
  RCML_OK(writer->open(options));
  return std::unique_ptr<EventWriter>(std::move(writer));
}

}  // namespace rcml::broker::kafka

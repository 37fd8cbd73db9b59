#include "broker/kafka/source.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <set>
#include <utility>

#include "broker/kafka/absence_cause.h"
#include "broker/kafka/address.h"
#include "broker/kafka/admin.h"
#include "broker/kafka/client.h"
#include "contract/timestamp.h"
#include "core/clock.h"
#include "core/log.h"

namespace rcml::broker::kafka {
namespace {

constexpr int kWatermarkWaitMs = 10'000;
constexpr int kWatermarkTries = 3;
constexpr int kSeekWaitMs = 30'000;
constexpr size_t kMessagesPerPoll = 4096;
constexpr int64_t kMicrosPerMilli = 1000;
constexpr int64_t kCauseMicrosMax = 60'000'000;  // Then the broker is asked again: a topic's policy may be changed.
constexpr int kUnreadableTries = 5;

// Memory of the fetch queue is bounded here; the rest is the sink's budget. A fetch is counted before it is unpacked:
// half a megabyte of lz4 a partition becomes two, and each of its messages takes as much again.
Properties consumer_defaults() {
  return {
      {"client.id", "rcml"},
      {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},
      {"auto.offset.reset", "error"},
      {"isolation.level", "read_committed"},
      {"check.crcs", "true"},
      {"enable.partition.eof", "true"},
      {"partition.assignment.strategy", "cooperative-sticky"},
      {"queued.max.messages.kbytes", "16384"},
      {"queued.min.messages", "20000"},
      {"fetch.message.max.bytes", "524288"},
      {"fetch.queue.backoff.ms", "20"},
      {"fetch.wait.max.ms", "100"},
      {"topic.metadata.refresh.interval.ms", "10000"},
      {"reconnect.backoff.max.ms", "2000"},
      {"statistics.interval.ms", "1000"},
      {"socket.keepalive.enable", "true"},
  };
}

// Messages of one poll; freed together when the last batch that views them is gone.
class MessageBundle {
 public:
  explicit MessageBundle(std::vector<rd_kafka_message_t*> messages) : messages_(std::move(messages)) {}
  ~MessageBundle() {
    for (rd_kafka_message_t* message : messages_) rd_kafka_message_destroy(message);
  }
  MessageBundle(const MessageBundle&) = delete;
  MessageBundle& operator=(const MessageBundle&) = delete;

  const std::vector<rd_kafka_message_t*>& messages() const { return messages_; }

 private:
  std::vector<rd_kafka_message_t*> messages_;
};

contract::SourceEvent event_of(const rd_kafka_message_t& message) {
  contract::SourceEvent event;
  event.offset = Offset(message.offset);
  event.is_tombstone = message.payload == nullptr;
  event.bytes = {static_cast<const char*>(message.payload), message.len};
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const int64_t millis = rd_kafka_message_timestamp(&message, &type);
  // Never the clock's: a second reading of the same record would judge its event_ts by another time.
  event.arrived_at = millis > 0 ? UtcMicros(millis * kMicrosPerMilli) : contract::kArrivalUnknown;
  return event;
}

std::map<Partition, Offset> positions_in(const rd_kafka_topic_partition_list_t& list) {
  std::map<Partition, Offset> positions;
  for (int i = 0; i < list.cnt; ++i) positions[Partition(list.elems[i].partition)] = Offset(RD_KAFKA_OFFSET_INVALID);
  return positions;
}

std::vector<Partition> keys_of(const std::map<Partition, Offset>& positions) {
  std::vector<Partition> keys;
  keys.reserve(positions.size());
  for (const auto& [partition, unused] : positions) keys.push_back(partition);
  return keys;
}

class KafkaSource : public EventSource {
 public:
  KafkaSource(Address address, const SourceOptions& options)
      : address_(std::move(address)),
        name_(options.name.empty() ? address_.topic : options.name),
        is_standalone_(options.is_standalone),
        told_cause_(options.absence_cause) {}

  ~KafkaSource() override {
    if (client_ == nullptr) return;
    is_closing_ = true;
    ready_.clear();
    answer_group();
    // A member that holds nothing is not told to leave by the close (librdkafka 2.10): the group would wait for the end of
    // its session.
    if (!is_standalone_ && position_.empty()) rd_kafka_unsubscribe(client_.get());
    queue_.reset();
    rd_kafka_consumer_close(client_.get());
  }

  Status open(const SourceOptions& options) {
    Properties defaults = consumer_defaults();
    defaults["bootstrap.servers"] = address_.bootstrap;
    defaults["group.id"] = is_standalone_ ? options.group + "-audit" : options.group;
    RCML_TRY(Conf conf, make_conf(defaults, options.kafka_properties));
    rd_kafka_conf_set_opaque(conf.get(), this);
    rd_kafka_conf_set_rebalance_cb(conf.get(), on_rebalance);
    rd_kafka_conf_set_error_cb(conf.get(), on_error);
    rd_kafka_conf_set_stats_cb(conf.get(), on_statistics);
    RCML_TRY(client_, make_client(RD_KAFKA_CONSUMER, std::move(conf)));
    rd_kafka_poll_set_consumer(client_.get());
    queue_.reset(rd_kafka_queue_get_consumer(client_.get()));
    RCML_TRY(const std::vector<Partition> partitions, topic_partitions(client_.get(), address_.topic));
    if (is_standalone_) {
      given_.emplace();
      for (const Partition partition : partitions) (*given_)[partition] = Offset(RD_KAFKA_OFFSET_INVALID);
      return {};
    }
    const PartitionList topics(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(topics.get(), address_.topic.c_str(), RD_KAFKA_PARTITION_UA);
    const rd_kafka_resp_err_t code = rd_kafka_subscribe(client_.get(), topics.get());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_error("joining group " + options.group, code);
    return {};
  }

  const std::string& name() const override { return name_; }
  Result<std::string> id() override { return topic_identity(client_.get(), address_.topic); }
  bool has_dense_offsets() const override { return true; }

  AbsenceCause absence_cause() override {
    if (told_cause_) return *told_cause_;
    const UtcMicros now = monotonic_now();
    if (cause_asked_at_.value == 0 || now.value - cause_asked_at_.value > kCauseMicrosMax) {
      cause_ = ask_absence_cause(client_.get(), address_.topic);
      cause_asked_at_ = now;
    }
    return cause_;
  }

  Result<std::vector<Partition>> partitions() override { return topic_partitions(client_.get(), address_.topic); }

  Result<OffsetRange> range(Partition partition) override {
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__FAIL;
    for (int attempt = 0; attempt < kWatermarkTries; ++attempt) {
      OffsetRange range;
      code = rd_kafka_query_watermark_offsets(client_.get(), address_.topic.c_str(), partition.value,
                                              &range.begin.value, &range.end.value, kWatermarkWaitMs);
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return range;
    }
    return kafka_error("asking for the range of " + address_.topic + " partition " + std::to_string(partition.value),
                       code);
  }

  // Of the last fetch: asking would wait behind the fetch that is under way, on every partition.
  Result<OffsetRange> known_range(Partition partition) override {
    OffsetRange range;
    const rd_kafka_resp_err_t code = rd_kafka_get_watermark_offsets(
        client_.get(), address_.topic.c_str(), partition.value, &range.begin.value, &range.end.value);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_error("looking for the range", code);
    if (range.end.value < 0) return unavailable("nothing was fetched yet", "Wait");
    return range;
  }

  bool is_reachable() const override { return is_reachable_; }

  Status seek(Partition partition, Offset next) override {
    wanted_[partition] = next;
    std::erase_if(ready_, [&](const EventBatch& batch) { return batch.partition == partition; });
    return {};
  }

  Result<Polled> poll(Millis wait_max) override {
    RCML_OK(complete_revocation());
    if (given_) return announce_given();
    RCML_OK(apply_seeks());
    if (ready_.empty() && !is_stuck()) RCML_OK(fetch(wait_max));
    if (!taken_.empty()) return announce_taken();
    if (given_) return announce_given();
    if (!ready_.empty()) return hand_out();  // Before what stopped the fetch: a look at the marks would drop it.
    if (failure_) return *failure_;
    if (std::exchange(needs_replan_, false)) return replan();
    return Polled{};
  }

  Status pause(const std::vector<Partition>& partitions) override { return set_paused(partitions, true); }
  Status resume(const std::vector<Partition>& partitions) override {
    RCML_OK(set_paused(partitions, false));
    for (const Partition partition : partitions) keep_position(partition);
    return {};
  }

  void note_committed(Partition partition, Offset next) override {
    if (is_standalone_) return;
    const PartitionList list = make_list(address_.topic, {{partition, next}});
    const rd_kafka_resp_err_t code = rd_kafka_commit(client_.get(), list.get(), 1);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) log_debug("group offset not noted", {{"error", rd_kafka_err2str(code)}});
  }

 private:
  // Called inside fetch() and the close. Nothing is assigned here: fetching starts only after the sink's seek. The group
  // waits for an answer to each call, an empty one too.
  static void on_rebalance(rd_kafka_t* client, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* list,
                           void* opaque) {
    KafkaSource& self = *static_cast<KafkaSource*>(opaque);
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
      self.given_ = positions_in(*list);
      if (self.is_closing_) return self.answer_group();
      log_info("partitions given by the group", {{"count", list->cnt}});
      return;
    }
    if (self.is_closing_) {
      rd_kafka_incremental_unassign(client, list);
      return;
    }
    self.taken_ = positions_in(*list);
    log_info("partitions taken by the group", {{"count", list->cnt}, {"lost", rd_kafka_assignment_lost(client)}});
    if (!self.taken_.empty()) return;
    rd_kafka_incremental_unassign(client, list);
    for (const auto& [partition, unused] : self.position_) self.keep_position(partition);
  }

  static void on_error(rd_kafka_t* client, int code, const char* reason, void* opaque) {
    KafkaSource& self = *static_cast<KafkaSource*>(opaque);
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
      char text[512] = "";
      self.failure_ = kafka_error("consumer", rd_kafka_fatal_error(client, text, sizeof text), text);
      return;
    }
    log_warn("kafka client", {{"error", rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(code))}, {"reason", reason}});
  }

  // Once a second. There is no call that tells whether a broker is connected; its own statistics do.
  static int on_statistics(rd_kafka_t*, char* json, size_t bytes, void* opaque) {
    static_cast<KafkaSource*>(opaque)->is_reachable_ =
        std::string_view(json, bytes).find("\"state\":\"UP\"") != std::string_view::npos;
    return 0;  // librdkafka keeps and frees the text.
  }

  bool is_stuck() const { return failure_ || needs_replan_; }

  Polled hand_out() {
    Polled polled{.kind = PollKind::events, .batch = std::move(ready_.front())};
    ready_.pop_front();
    return polled;
  }

  Polled announce_given() {
    const std::map<Partition, Offset> given = *std::exchange(given_, std::nullopt);
    for (const auto& [partition, unused] : given) new_.insert(partition);
    is_answer_due_ = true;
    return {.kind = PollKind::assigned, .partitions = keys_of(given)};
  }

  // They are left at the next poll, so that what was taken of them may be committed first.
  Polled announce_taken() {
    drop_ready(taken_);
    is_revocation_due_ = true;
    return {.kind = PollKind::revoked, .partitions = keys_of(taken_)};
  }

  // A position is not in the broker's log, or the topic was away: the sink looks at the marks and the range again, and
  // stops with the reason if it cannot go on. A topic that is gone stops it here.
  Result<Polled> replan() {
    Result<std::vector<Partition>> partitions = this->partitions();
    if (!partitions.ok() && partitions.error().kind == ErrorKind::bad_config) {
      return needs_person("topic " + address_.topic + " is gone from the broker",
                          "If it was created again, read the new one under another name: --source-name NAME");
    }
    RCML_OK(std::move(partitions));
    return Polled{.kind = PollKind::assigned};
  }

  // The group waits for an answer to what it gave or took, and so does the close: without one it would wait for ever.
  void answer_group() {
    if (is_standalone_) return;
    if (std::exchange(is_answer_due_, false) || std::exchange(given_, std::nullopt)) (void)assign({}).ok();
    is_revocation_due_ = !taken_.empty();
    (void)complete_revocation().ok();
  }

  Status complete_revocation() {
    if (!std::exchange(is_revocation_due_, false)) return {};
    // A pause outlives the assignment: given back to us, the partition would never be fetched.
    if (!paused_.empty()) RCML_OK(set_paused(keys_of(taken_), false));
    const PartitionList list = make_list(address_.topic, taken_);
    for (const auto& [partition, unused] : taken_) {
      position_.erase(partition);
      wanted_.erase(partition);
      new_.erase(partition);
      stopped_.erase(partition);
    }
    taken_.clear();
    return checked(rd_kafka_incremental_unassign(client_.get(), list.get()), "leaving partitions");
  }

  Status checked(rd_kafka_error_t* error, const std::string& action) {
    if (error == nullptr) return {};
    const rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    const std::string text = rd_kafka_error_string(error);
    rd_kafka_error_destroy(error);
    return kafka_error(action, code, text);
  }

  // New partitions start to be fetched, known ones move to where the sink wants them. A partition that the group gave us a
  // moment ago may not be ready to be moved: it stays wanted and is tried again, and nothing of it is handed out before.
  Status apply_seeks() {
    std::map<Partition, Offset> fresh;
    std::map<Partition, Offset> moved;
    for (const auto& [partition, next] : wanted_) {
      (new_.contains(partition) ? fresh : moved)[partition] = next;
      position_[partition] = next;
    }
    wanted_.clear();
    if (std::exchange(is_answer_due_, false)) RCML_OK(assign(fresh));
    RCML_OK(start_again(moved));
    for (const auto& [partition, next] : fresh) new_.erase(partition);
    if (moved.empty()) return {};
    const PartitionList list = make_list(address_.topic, moved);
    RCML_OK(checked(rd_kafka_seek_partitions(client_.get(), list.get(), kSeekWaitMs), "seeking"));
    for (int i = 0; i < list->cnt; ++i) {
      const rd_kafka_topic_partition_t& sought = list->elems[i];
      if (sought.err == RD_KAFKA_RESP_ERR__STATE || sought.err == RD_KAFKA_RESP_ERR__OUTDATED) {
        wanted_[Partition(sought.partition)] = moved.at(Partition(sought.partition));
      } else if (sought.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return kafka_error("seeking", sought.err);
      }
    }
    return note_seeks_refused();
  }

  // The client has stopped fetching these and refuses to seek in them: they are given up and taken again.
  Status start_again(std::map<Partition, Offset>& moved) {
    std::map<Partition, Offset> again;
    for (const Partition partition : std::exchange(stopped_, {})) {
      if (const auto place = moved.extract(partition)) again[place.key()] = place.mapped();
    }
    if (again.empty()) return {};
    if (is_standalone_) return assign(position_);
    const PartitionList list = make_list(address_.topic, again);
    RCML_OK(checked(rd_kafka_incremental_unassign(client_.get(), list.get()), "leaving stopped partitions"));
    return assign(again);
  }

  // Whatever pauses a partition, we or the group's rebalance, makes librdkafka (2.10) go on from its own idea of the place,
  // which is one event too far when the end of the partition was the last thing it told us.
  void keep_position(Partition partition) {
    const auto position = position_.find(partition);
    if (position != position_.end()) wanted_.try_emplace(partition, position->second);
  }

  Status note_seeks_refused() {
    const UtcMicros now = monotonic_now();
    if (wanted_.empty()) {
      refused_since_ = UtcMicros(0);
    } else if (refused_since_.value == 0) {
      refused_since_ = now;
    } else if (now.value - refused_since_.value > kSeekWaitMs * kMicrosPerMilli) {
      return kafka_error("seeking", RD_KAFKA_RESP_ERR__STATE);
    }
    return {};
  }

  Status assign(const std::map<Partition, Offset>& fresh) {
    const PartitionList list = make_list(address_.topic, fresh);
    if (is_standalone_) {
      const rd_kafka_resp_err_t code = rd_kafka_assign(client_.get(), list.get());
      return code == RD_KAFKA_RESP_ERR_NO_ERROR ? Status() : Status(kafka_error("assigning partitions", code));
    }
    return checked(rd_kafka_incremental_assign(client_.get(), list.get()), "taking partitions");
  }

  Status set_paused(const std::vector<Partition>& partitions, bool is_paused) {
    std::map<Partition, Offset> held;
    for (const Partition partition : partitions) {
      if (position_.contains(partition)) held[partition] = Offset(RD_KAFKA_OFFSET_INVALID);
    }
    const PartitionList list = make_list(address_.topic, held);
    const rd_kafka_resp_err_t code = is_paused ? rd_kafka_pause_partitions(client_.get(), list.get())
                                               : rd_kafka_resume_partitions(client_.get(), list.get());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_error(is_paused ? "pausing" : "resuming", code);
    for (const auto& [partition, unused] : held) {
      if (is_paused) paused_.insert(partition);
      else paused_.erase(partition);
    }
    return {};
  }

  void drop_ready(const std::map<Partition, Offset>& partitions) {
    std::erase_if(ready_, [&](const EventBatch& batch) { return partitions.contains(batch.partition); });
  }

  Status fetch(Millis wait_max) {
    std::vector<rd_kafka_message_t*> messages(kMessagesPerPoll);
    const ssize_t count =
        rd_kafka_consume_batch_queue(queue_.get(), static_cast<int>(wait_max.value), messages.data(), messages.size());
    if (count <= 0) return {};
    messages.resize(static_cast<size_t>(count));
    const auto bundle = std::make_shared<const MessageBundle>(std::move(messages));
    std::map<Partition, EventBatch> batches;
    for (const rd_kafka_message_t* message : bundle->messages()) take(*message, bundle, batches);
    for (auto& [partition, batch] : batches) ready_.push_back(std::move(batch));
    return {};
  }

  void take(const rd_kafka_message_t& message, const std::shared_ptr<const MessageBundle>& bundle,
            std::map<Partition, EventBatch>& batches) {
    const Partition partition(message.partition);
    const bool is_error = message.err != RD_KAFKA_RESP_ERR_NO_ERROR;
    if (is_error && message.err != RD_KAFKA_RESP_ERR__PARTITION_EOF) return take_error(message);
    if (wanted_.contains(partition)) return;  // From before a seek that is still to be done.
    const auto position = position_.find(partition);
    if (is_error) {
      // The end lies behind control records that are never handed out: without this, lag would not reach zero.
      if (position != position_.end() && Offset(message.offset) > position->second) {
        pass(partition, position->second, {Offset(message.offset), Offset(message.offset)}, bundle, batches);
      }
      return;
    }
    if (position == position_.end() || Offset(message.offset) < position->second) return;
    EventBatch& batch =
        pass(partition, position->second, {Offset(message.offset), Offset(message.offset + 1)}, bundle, batches);
    batch.events.push_back(event_of(message));
    batch.bytes += static_cast<int64_t>(message.len);
  }

  // Moves on to the end of `given`; what lies before its begin was not given to us.
  static EventBatch& pass(Partition partition, Offset& position, const OffsetRange& given,
                          const std::shared_ptr<const MessageBundle>& bundle,
                          std::map<Partition, EventBatch>& batches) {
    auto [found, is_new] = batches.try_emplace(partition);
    if (is_new) found->second = {.partition = partition, .first = position, .next = position, .owner = bundle};
    if (given.begin > position) found->second.absences.add(OffsetRange{position, given.begin});
    found->second.next = position = given.end;
    return found->second;
  }

  void take_error(const rd_kafka_message_t& message) {
    log_warn("kafka consumer", {{"partition", message.partition},
                                {"error", rd_kafka_err2str(message.err)},
                                {"detail", rd_kafka_message_errstr(&message)}});
    switch (message.err) {
      case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
        if (position_.contains(Partition(message.partition))) stopped_.insert(Partition(message.partition));
        needs_replan_ = true;
        return;
      case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
      case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
      case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION: needs_replan_ = true; return;
      // The client would ask again for ever.
      case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
      case RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT:
      case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
      case RD_KAFKA_RESP_ERR_GROUP_MAX_SIZE_REACHED:
      case RD_KAFKA_RESP_ERR_INVALID_GROUP_ID: failure_ = kafka_error("reading " + address_.topic, message.err); return;
      case RD_KAFKA_RESP_ERR__BAD_MSG:
      case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
      case RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED:
      case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE: return read_again(message);
      default: return;
    }
  }

  // The client goes on behind events that it cannot read. The fault may lie on the way from the broker, so they are asked
  // for again; when they stay so we stop, or they would be lost in silence.
  void read_again(const rd_kafka_message_t& message) {
    const Partition partition(message.partition);
    const auto position = position_.find(partition);
    if (position == position_.end()) return;
    keep_position(partition);
    Unreadable& unreadable = unreadable_[partition];
    if (unreadable.offset != position->second)
      unreadable = {position->second, rd_kafka_message_errstr(&message), message.err, 0};
    if (++unreadable.tries < kUnreadableTries) return;
    failure_ =
        corrupt("events of " + address_.topic + " partition " + std::to_string(partition.value) + " from offset " +
                    std::to_string(unreadable.offset.value) + " on cannot be read: " + unreadable.detail,
                cure_of_unreadable(unreadable.code));
  }

  static std::string cure_of_unreadable(rd_kafka_resp_err_t code) {
    if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
      return "They are whole, but larger than this client takes: --kafka-property receive.message.max.bytes=BYTES";
    if (code == RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED)
      return "They may be whole, in a form that this client does not know: is the broker newer than this rcml?";
    return "Look at the broker's disk, another replica may be whole. If they are lost, delete the partition's records "
           "up to their end (kafka-delete-records.sh) and go on with --on-gap resume";
  }

  // As of the first try: once lost, the client reads on in the middle of things.
  struct Unreadable {
    Offset offset;
    std::string detail;
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    int tries = 0;
  };

  const Address address_;
  const std::string name_;  // In marks and file names.
  const bool is_standalone_;
  const std::optional<AbsenceCause> told_cause_;
  Client client_;
  Queue queue_;
  std::deque<EventBatch> ready_;
  std::map<Partition, Offset> position_;  // Next offset to hand out, of partitions being fetched.
  std::map<Partition, Offset> wanted_;    // Seeks not yet applied.
  UtcMicros refused_since_;               // The client's refusals of seeks, 0: none.
  std::optional<std::map<Partition, Offset>> given_;  // By the group, not yet announced; may be none at all.
  std::map<Partition, Offset> taken_;     // By the group; left at the poll after the announcement.
  std::set<Partition> new_;               // Announced, not yet fetched.
  std::set<Partition> paused_;            // By the sink, which pauses all or none of what it holds.
  std::set<Partition> stopped_;           // No longer fetched: the broker had not what was asked for.
  std::map<Partition, Unreadable> unreadable_;
  AbsenceCause cause_ = AbsenceCause::unknown;
  UtcMicros cause_asked_at_;  // 0: never.
  std::optional<Error> failure_;
  bool is_answer_due_ = false;
  bool is_revocation_due_ = false;
  bool needs_replan_ = false;
  bool is_closing_ = false;
  bool is_reachable_ = true;
};

}  // namespace

Result<std::unique_ptr<EventSource>> open_kafka_source(const SourceOptions& options) {
  RCML_TRY(Address address, parse_address(options.url));
  auto source = std::make_unique<KafkaSource>(std::move(address), options);
  RCML_OK(source->open(options));
  return std::unique_ptr<EventSource>(std::move(source));
}

}  // namespace rcml::broker::kafka

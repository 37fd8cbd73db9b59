// What the doctor asks of the log of events: is it there, and may it be read?
#include <algorithm>
#include <memory>
#include <sstream>

#include "broker/kafka/address.h"
#include "cli/doctor/parts.h"
#include "cli/source_options.h"
#include "core/clock.h"

namespace rcml::cli {
namespace {

constexpr Millis kReadWait{3000};
constexpr std::string_view kKafka = "kafka://";

// What one check opens and the next one uses.
struct SourceCase {
  broker::SourceOptions options;
  std::unique_ptr<broker::EventSource> source;
  std::vector<Partition> partitions;
  int64_t waiting = 0;  // Events (Kafka) or bytes (spool) that are there.
  Partition fullest;
  Offset first;
};

std::vector<std::string> brokers_of(const std::string& bootstrap) {
  std::vector<std::string> brokers;
  std::stringstream text(bootstrap);
  for (std::string one; std::getline(text, one, ',');) brokers.push_back(one);
  return brokers;
}

// One broker that answers is enough to begin with; the others are worth a word.
Result<Verdict> reach_brokers(const std::string& url) {
  RCML_TRY(const broker::kafka::Address address, broker::kafka::parse_address(url));
  std::vector<Error> missing;
  const std::vector<std::string> brokers = brokers_of(address.bootstrap);
  for (const std::string& one : brokers) {
    if (auto answer = reach(one); !answer.ok()) missing.push_back(answer.take_error());
  }
  if (missing.empty()) return Verdict{address.bootstrap + " answers", {}};
  if (missing.size() == brokers.size()) return missing.front();
  return Verdict{std::to_string(missing.size()) + " of " + std::to_string(brokers.size()) +
                     " brokers do not answer: " + missing.front().message,
                 missing.front().cure};
}

Result<Verdict> describe(SourceCase& at) {
  RCML_TRY(at.source, broker::open_source(at.options));
  RCML_TRY(at.partitions, at.source->partitions());
  int64_t most = 0;
  for (const Partition partition : at.partitions) {
    RCML_TRY(const broker::OffsetRange range, at.source->range(partition));
    const int64_t size = range.end.value - range.begin.value;
    at.waiting += size;
    if (size <= most) continue;
    most = size;
    at.fullest = partition;
    at.first = range.begin;
  }
  return Verdict{at.source->name() + " has " + std::to_string(at.partitions.size()) + " partitions with " +
                     std::to_string(at.waiting) + (at.source->has_dense_offsets() ? " offsets" : " bytes"),
                 {}};
}

// A topic may be described by one who may not read it.
Result<Verdict> read_one(SourceCase& at) {
  if (at.waiting == 0) return Verdict{"nothing to read yet", {}};
  const int64_t give_up_at = monotonic_now().value + kReadWait.value * 1000;
  while (monotonic_now().value < give_up_at) {
    RCML_TRY(const broker::Polled polled, at.source->poll(Millis(200)));
    if (polled.kind == broker::PollKind::events) return Verdict{"events can be read", {}};
    if (polled.kind != broker::PollKind::assigned) continue;
    for (const Partition partition : polled.partitions) {
      RCML_TRY(const broker::OffsetRange range, at.source->range(partition));
      RCML_OK(at.source->seek(partition, range.begin));
    }
  }
  return Verdict{"no event came within 3 s, though there are some",
                 "Look at the broker; a topic that holds only markers of transactions is fine"};
}

}  // namespace

CheckGroup source_checks(const Settings& settings) {
  if (!settings.has("source.from")) return {};
  auto at = std::make_shared<SourceCase>();
  auto options = source_options(settings);
  if (!options.ok()) return {{"source", [error = options.take_error()]() -> Result<Verdict> { return error; }}};
  at->options = *std::move(options);
  at->options.is_standalone = true;  // No member of the group: workers that run now are not disturbed.
  const bool is_kafka = at->options.url.starts_with(kKafka);
  CheckGroup group;
  if (is_kafka) group.push_back({"kafka reach", [at] { return reach_brokers(at->options.url); }});
  group.push_back({is_kafka ? "kafka topic" : "spool", [at] { return describe(*at); }});
  group.push_back({is_kafka ? "kafka read" : "spool read", [at] { return read_one(*at); }});
  return group;
}

}  // namespace rcml::cli

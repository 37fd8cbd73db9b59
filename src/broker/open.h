// broker/open.h: picks the log of events by its URL: spool:DIR or kafka://HOST:PORT[,HOST:PORT]/TOPIC.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/event_source.h"
#include "core/result.h"

namespace rcml::broker {

struct SourceOptions {
  std::string url;
  std::string group = "rcml";
  std::string name;  // Of the log in marks and file names; empty: the topic, or the spool's own name.
  bool is_standalone = false;  // All partitions, no group, no trace on the broker: for audits.
  std::optional<AbsenceCause> absence_cause;  // Known to a person; otherwise the broker is asked.
  std::map<std::string, std::string> kafka_properties;  // Any librdkafka property.
};
Result<std::unique_ptr<EventSource>> open_source(const SourceOptions& options);

struct WriterOptions {
  std::string url;                        // spool:DIR, kafka://…, or "-" for stdout.
  int32_t partitions = 1;                 // Of a new spool or topic.
  bool create_topic = false;
  std::map<std::string, std::string> kafka_properties;
  int64_t event_bytes_max = 1'000'000;
};
Result<std::unique_ptr<EventWriter>> open_writer(const WriterOptions& options);

// The folder of "spool:DIR"; nothing when the URL names another kind of log.
std::optional<std::string> spool_folder(const std::string& url);

}  // namespace rcml::broker

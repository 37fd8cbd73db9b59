#include "broker/open.h"

#include "broker/kafka/source.h"
#include "broker/kafka/writer.h"
#include "broker/spool/layout.h"
#include "broker/spool/source.h"
#include "broker/spool/writer.h"
#include "broker/stdout_writer.h"

namespace rcml::broker {
namespace {

constexpr std::string_view kSpool = "spool:";
constexpr std::string_view kKafka = "kafka://";

// "spool:DIR" and, as some write it, "spool://DIR".
std::string spool_dir(std::string_view url) {
  url.remove_prefix(kSpool.size());
  if (url.starts_with("//")) url.remove_prefix(2);
  while (url.size() > 1 && url.ends_with('/')) url.remove_suffix(1);
  return std::string(url);
}

bool is_kafka(std::string_view url) { return url.starts_with(kKafka); }
bool is_spool(std::string_view url) { return url.starts_with(kSpool) && !spool_dir(url).empty(); }

Error unknown_url(const std::string& url) {
  return bad_config("'" + url + "' names no log of events", "Write spool:DIR or kafka://HOST:PORT/TOPIC");
}

}  // namespace

Result<std::unique_ptr<EventSource>> open_source(const SourceOptions& options) {
  if (!options.name.empty() && !spool::is_spool_name(options.name))
    return bad_config("'" + options.name + "' cannot name a log", "Use letters, digits, . _ and - in --source-name");
  if (is_kafka(options.url)) return kafka::open_kafka_source(options);
  if (!is_spool(options.url)) return unknown_url(options.url);
  RCML_TRY(auto source, spool::SpoolSource::open({.dir = spool_dir(options.url), .name = options.name}));
  return std::unique_ptr<EventSource>(std::move(source));
}

Result<std::unique_ptr<EventWriter>> open_writer(const WriterOptions& options) {
  if (options.url == "-") return stdout_writer();
  if (is_kafka(options.url)) return kafka::open_kafka_writer(options);
  if (!is_spool(options.url)) return unknown_url(options.url);
  spool::SpoolWriterOptions spool;
  spool.dir = spool_dir(options.url);
  spool.partitions = options.partitions;
  spool.event_bytes_max = options.event_bytes_max;
  RCML_TRY(auto writer, spool::SpoolWriter::open(spool));
  return std::unique_ptr<EventWriter>(std::move(writer));
}

std::optional<std::string> spool_folder(const std::string& url) {
  return is_spool(url) ? std::optional(spool_dir(url)) : std::nullopt;
}

}  // namespace rcml::broker

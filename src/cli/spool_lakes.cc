#include "cli/spool_lakes.h"

#include <algorithm>

#include "broker/spool/identity.h"
#include "core/log.h"
#include "lake/schemas.h"
#include "sink/marks.h"

namespace rcml::cli {
namespace {

using broker::spool::KnownLake;
using broker::spool::SpoolHeader;

Result<std::map<Partition, Offset>> committed_by(const KnownLake& lake, const std::string& spool_name,
                                                 const std::string& spool_id) {
  const std::string& log = lake.log.empty() ? spool_name : lake.log;
  RCML_TRY(const lake::LakeTables tables, lake::open_lake(lake.url));
  RCML_TRY(const lake::Marks marks, tables.clicks->marks(sink::marks_prefix(lake.group, log)));
  RCML_OK(sink::check_log(marks, lake.group, log, spool_id));
  return sink::progress_of(marks, lake.group, log).next;
}

}  // namespace

Result<KnownLake> lake_of(const Settings& settings) {
  RCML_TRY(const auto location, lake::Location::open(settings.text("lake")));
  return KnownLake{location->url(), settings.text("sink.group"), settings.text("source_name")};
}

Status note_lake_of_spool(const std::string& folder, const Settings& settings) {
  RCML_TRY(const KnownLake lake, lake_of(settings));
  if (const Status status = broker::spool::note_known_lake(folder, lake); !status.ok()) {
    log_warn("the spool does not know this lake, because it cannot be written to",
             {{"spool", folder}, {"error", status.error().text()}, {"cure", "name it to rcml spool trim: --lake URL"}});
  }
  return {};
}

Result<std::vector<LakeProgress>> progress_of_lakes(const std::string& folder, const SpoolHeader& header,
                                                    const Settings& settings) {
  RCML_TRY(const std::string id, broker::spool::spool_id(folder, header));
  RCML_TRY(std::vector<KnownLake> lakes, broker::spool::read_known_lakes(folder));
  if (settings.has("lake")) {
    RCML_TRY(const KnownLake named, lake_of(settings));
    if (std::find(lakes.begin(), lakes.end(), named) == lakes.end()) lakes.push_back(named);
  }
  std::vector<LakeProgress> all;
  for (const KnownLake& lake : lakes) {
    auto next = committed_by(lake, header.name, id);
    all.push_back({lake, {}, std::nullopt});
    if (next.ok()) all.back().next = *std::move(next);
    else all.back().error = next.take_error();
  }
  return all;
}

}  // namespace rcml::cli

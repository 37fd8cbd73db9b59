// sink/log_identity.h: is this log of events the one that the lake knows by its name?
#pragma once

#include <string>

#include "broker/event_source.h"
#include "lake/schemas.h"

namespace rcml::sink {

// The log's id (broker::EventSource::id). needs_person when the group has read another log under this name, or has read
// nothing under it and another group has (marks.h, check_log and check_name). Reads marks only.
Result<std::string> check_identity(broker::EventSource& source, const lake::LakeTables& tables,
                                   const std::string& group);

}  // namespace rcml::sink

// sink/file_name.h: names of data files: unique, never reused, and telling where the rows came from.
//
// dt=2025-08-24/<log>-p<partition>-<first offset>-<uuid>.parquet. Partition and offset are those of the first row; the
// uuid alone makes the name unique. Characters a key or a shell would stumble over are replaced.
#pragma once

#include <string>

#include "core/ids.h"

namespace rcml::sink {

std::string data_file_path(Dt dt, const std::string& log_name, Partition partition, Offset first);
// Whether a data file holds events of that log, by its name. A file of unknown make counts as one.
bool is_file_of_log(const std::string& path, const std::string& log_name);
// 32 hex digits from the system's random source.
std::string random_uuid();

}  // namespace rcml::sink

// lake/file_name.h: names of data files: unique, never reused, and telling which log the rows came from.
//
// dt=2025-08-24/<log>-p<partition>-<first offset>-<uuid>.parquet    a stream's; partition and offset of the first row
// dt=2025-08-24/<log>-packed-<uuid>.parquet                         merged from files of that log
// Other names (replayed-…, Spark's part-…, files merged before version 0.1) do not tell. The log's name stands before the
// first "-p": characters a key or a shell would stumble over are replaced in it, the hyphen among them, so "a-b" and "a_b"
// are one name here (sink::check_name keeps such logs apart). A name above 96 bytes is cut, and ends with "~" and eight hex
// digits of its hash.
#pragma once

#include <string>

#include "core/ids.h"

namespace rcml::lake {

// A log's name as it stands in a file's. What log_of_file() returns is left as it is.
std::string log_name_in_files(std::string name);
std::string data_file_path(Dt dt, const std::string& log_name, Partition partition, Offset first);
// Of files whose log_of_file is `log`, which may be empty. `dt` as text, YYYY-MM-DD.
std::string merged_file_path(const std::string& dt, const std::string& log);
// The log's name as it stands in a file's; empty when the name does not tell.
std::string log_of_file(const std::string& path);
// Whether a data file may hold events of that log: one that does not tell may.
bool is_file_of_log(const std::string& path, const std::string& log_name);

}  // namespace rcml::lake

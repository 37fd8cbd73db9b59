// lake/delta/table_limits.h: what other programs may have set on a table and this one cannot honour. Pure.
//
// The bridge refuses features of the protocol that it does not know. What is listed here it knows, but following it would
// need changes elsewhere: files are read and written by their columns' names, and progress lives in marks that never age.
#pragma once

#include <string>

#include "core/result.h"
#include "lake/delta/log_json.h"

namespace rcml::lake {

// bad_config, naming the property, when the table's files cannot be read right. `place` is the table's URL.
Status check_readable(const TableDescription& table, const std::string& place);
// bad_config, naming the property, when the table can be read but a commit or a checkpoint of ours would do harm.
Status check_writable(const TableDescription& table, const std::string& place);

// Whether a data file lies in the table under the very name that the table's history has for it. Delta also allows paths
// outside of the table (shallow clones) and names with percent-encoded characters.
bool is_plain_path(const std::string& path);
Error foreign_path_error(const std::string& place, const std::string& path);

}  // namespace rcml::lake

// lake/delta/log_json.h: between the bridge's JSON and our structs. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/result.h"
#include "lake/delta/table.h"

namespace rcml::lake {

struct TableDescription {
  TableVersion version;
  std::string id;  // Delta's metaData.id: another one when the table was dropped and created again.
  std::string schema_json;
  std::vector<std::string> partition_columns;
  std::string write_refusal;  // Why this program must not write the table; empty when it may.
  std::map<std::string, std::string> properties;  // "delta.…" -> value, as the table's metadata has them.
};

Result<TableDescription> parse_description(const std::string& json);
Result<Marks> parse_marks(const std::string& json);
Result<std::vector<DataFile>> parse_live_files(const std::string& lines);
Result<std::vector<LogEntry>> parse_log(const std::string& lines);
Result<std::vector<int64_t>> parse_row_indexes(const std::string& json);
Result<std::vector<std::string>> parse_paths(const std::string& lines);  // {"path": …} a line.

std::string commit_request_json(const CommitRequest& request, const std::string& commit_id);

// What `actual` has other than `expected` (both Delta schemas), one sentence each; empty when they agree. Column order
// counts: the warehouse loads by name, but other readers need not.
Result<std::vector<std::string>> schema_differences(const std::string& expected, const std::string& actual);

}  // namespace rcml::lake

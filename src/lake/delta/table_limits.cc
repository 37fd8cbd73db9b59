#include "lake/delta/table_limits.h"

#include "lake/delta/bridge.h"

namespace rcml::lake {
namespace {

std::string property(const TableDescription& table, const std::string& name) {
  const auto found = table.properties.find(name);
  return found == table.properties.end() ? "" : found->second;
}

Error refused(const std::string& place, const std::string& setting, const std::string& why, std::string cure) {
  return bad_config("the table " + place + " has " + setting + ": " + why, std::move(cure));
}

}  // namespace

Status check_readable(const TableDescription& table, const std::string& place) {
  const std::string mapping = property(table, "delta.columnMapping.mode");
  if (mapping.empty() || mapping == "none") return {};
  return refused(place, "delta.columnMapping.mode = " + mapping,
                 "its files name their columns otherwise than the table does, and rcml goes by the table's names",
                 "Set delta.columnMapping.mode back to none with Spark, or write the rows to a new table without it");
}

Status check_writable(const TableDescription& table, const std::string& place) {
  if (!table.write_refusal.empty()) return bridge_error(RCML_DELTA_UNSUPPORTED, table.write_refusal, place);
  const std::string retention = property(table, "delta.setTransactionRetentionDuration");
  if (retention.empty()) return {};
  return refused(place, "delta.setTransactionRetentionDuration = " + retention,
                 "the next checkpoint would drop the marks that say how far the stream has come, and every event would "
                 "be read again",
                 "Nothing was written; loading and auditing still work. Unset it: ALTER TABLE delta.`PATH` UNSET "
                 "TBLPROPERTIES ('delta.setTransactionRetentionDuration')");
}

bool is_plain_path(const std::string& path) {
  return !path.starts_with('/') && path.find('%') == std::string::npos && path.find(':') == std::string::npos;
}

Error foreign_path_error(const std::string& place, const std::string& path) {
  return bad_config("the table " + place + " has the file " + path +
                        ", which lies outside of it or has percent-encoded characters in its name",
                    "Nothing was changed. Rewrite it with the program that wrote it (OPTIMIZE, or a deep clone)");
}

}  // namespace rcml::lake

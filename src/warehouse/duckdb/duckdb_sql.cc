#include "warehouse/duckdb/duckdb_sql.h"

#include <map>

namespace rcml::warehouse {
namespace {

std::string selected(const RawTableSpec& spec, const InsertGroup& group, const RawColumn& column) {
  if (column.name == "dt") {
    return group.fixed_dt.empty() ? spec.dt_source + "::timestamp::date" : "date '" + group.fixed_dt + "'";
  }
  size_t index = 0;
  while (spec.file_columns[index].name != column.name) ++index;
  if (group.shape[index] < 0) return "null";
  if (column.type == RawType::timestamp_us) return column.name + "::timestamp";
  if (column.bytes_max == 0) return column.name;
  const std::string limit = std::to_string(column.bytes_max);
  return "case when strlen(" + column.name + ") > " + limit + " then error('column " + column.name +
         " holds more than " + limit + " bytes in ' || filename) else " + column.name + " end";
}

}  // namespace

std::vector<InsertGroup> insert_groups(const std::vector<InspectedFile>& files) {
  std::vector<InsertGroup> groups;
  std::map<std::pair<FileShape, std::string>, size_t> group_of;
  for (const InspectedFile& file : files) {
    // Only presence matters here, dt's among it: columns are read by name.
    FileShape presence;
    for (const int index : file.shape) presence.push_back(index < 0 ? -1 : 0);
    presence.push_back(file.has_dt ? 0 : -1);
    const auto [it, is_new] = group_of.try_emplace({presence, file.fixed_dt}, groups.size());
    if (is_new) groups.push_back({presence, file.fixed_dt, {}, 0});
    InsertGroup& group = groups[it->second];
    group.files.push_back(file.file);
    group.row_count += file.file.row_count;
  }
  return groups;
}

std::string insert_sql(RawTable table, const InsertGroup& group) {
  const RawTableSpec& spec = raw_table(table);
  std::string sql = "insert into raw." + spec.name + " (" + column_list(spec.columns) + ")\nselect\n";
  for (size_t i = 0; i < spec.columns.size(); ++i) {
    sql += "  " + selected(spec, group, spec.columns[i]) + (i + 1 < spec.columns.size() ? ",\n" : "\n");
  }
  sql += "from read_parquet([\n";
  for (size_t i = 0; i < group.files.size(); ++i) {
    sql += "  " + quoted(Target::duckdb, without_globs(group.files[i].absolute)) +
           (i + 1 < group.files.size() ? ",\n" : "\n");
  }
  return sql + "], hive_partitioning = false, filename = true)";
}

std::string without_globs(std::string_view path) {
  std::string out;
  for (const char c : path) {
    const bool is_special = c == '*' || c == '?' || c == '[';
    out += is_special ? std::string("[") + c + "]" : std::string(1, c);
  }
  return out;
}

}  // namespace rcml::warehouse

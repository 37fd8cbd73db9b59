#include "warehouse/redshift/redshift_sql.h"

#include <algorithm>
#include <cstdio>

namespace rcml::warehouse {
namespace {

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) {
      out += c;
      continue;
    }
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    out += escape;
  }
  return out + "\"";
}

bool is_in_file(const StageGroup& group, std::string_view column) {
  return std::ranges::find(group.columns, column) != group.columns.end();
}

}  // namespace

std::vector<StageGroup> stage_groups(const std::vector<InspectedFile>& files) {
  std::vector<StageGroup> groups;
  for (const InspectedFile& file : files) {
    auto it = std::ranges::find_if(groups, [&](const StageGroup& group) {
      return group.columns == file.columns && group.fixed_dt == file.fixed_dt;
    });
    if (it == groups.end()) it = groups.insert(groups.end(), {file.columns, file.fixed_dt, {}, 0});
    it->files.push_back(file.file);
    it->row_count += file.file.row_count;
  }
  return groups;
}

Result<std::string> manifest_json(RawTable table, const std::vector<LakeFile>& files) {
  std::string json = "{\"entries\": [\n";
  for (size_t i = 0; i < files.size(); ++i) {
    const LakeFile& file = files[i];
    if (!file.absolute.starts_with("s3://")) {
      return bad_config("Redshift reads from S3 only, and " + file_label(table, file) + " is on a local disk",
                        "Use a lake on S3: --lake s3://BUCKET/PREFIX");
    }
    json += "  {\"url\": " + json_text(file.absolute) +
            ", \"mandatory\": true, \"meta\": {\"content_length\": " + std::to_string(file.bytes) + "}}" +
            (i + 1 < files.size() ? ",\n" : "\n");
  }
  return json + "]}\n";
}

std::string stage_name(RawTable table) { return "rcml_stage_" + raw_table(table).name; }

std::string create_stage_sql(RawTable table, const StageGroup& group) {
  const RawTableSpec& spec = raw_table(table);
  std::string sql = "create temp table " + stage_name(table) + " (\n";
  for (size_t i = 0; i < group.columns.size(); ++i) {
    const auto it = std::ranges::find(spec.columns, group.columns[i], &RawColumn::name);
    RCML_CHECK(it != spec.columns.end());
    sql += "  " + it->name + " " + sql_type(Target::redshift, *it) + (i + 1 < group.columns.size() ? ",\n" : "\n");
  }
  return sql + ")";
}

std::string copy_stage_sql(RawTable table, const std::string& manifest_url, const std::string& role_arn) {
  const std::string role = role_arn.empty() ? "default" : quoted(Target::redshift, role_arn);
  return "copy " + stage_name(table) + "\nfrom " + quoted(Target::redshift, manifest_url) + "\niam_role " + role +
         "\nformat as parquet\nmanifest";
}

std::string count_stage_sql(RawTable table) { return "select count(*) from " + stage_name(table); }

std::string insert_from_stage_sql(RawTable table, const StageGroup& group) {
  const RawTableSpec& spec = raw_table(table);
  std::string selected;
  for (const RawColumn& column : spec.columns) {
    if (!selected.empty()) selected += ", ";
    if (column.name == "dt") {
      selected += group.fixed_dt.empty() ? "cast(" + spec.dt_source + " as date)"
                                         : "cast(" + quoted(Target::redshift, group.fixed_dt) + " as date)";
    } else {
      selected += is_in_file(group, column.name) ? column.name : "null";
    }
  }
  return "insert into raw." + spec.name + " (" + column_list(spec.columns) + ")\nselect " + selected + "\nfrom " +
         stage_name(table);
}

std::string drop_stage_sql(RawTable table) { return "drop table " + stage_name(table); }

std::string lock_ledger_sql() { return "lock raw.load_ledger"; }

std::string limit_statement_sql(Millis time_max) {
  return "set statement_timeout to " + std::to_string(std::max<int64_t>(1, time_max.value));  // 0 is no limit.
}

std::string unlimit_statement_sql() { return "reset statement_timeout"; }

}  // namespace rcml::warehouse

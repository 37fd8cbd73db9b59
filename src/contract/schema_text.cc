// contract/schema_text.cc: every text is built from kColumns; what only a warehouse needs (dt, ledger) is added here.
#include "contract/schema_text.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "contract/columns.h"
#include "core/clock.h"
#include "core/result.h"

namespace rcml::contract {
namespace {

constexpr std::array<std::string_view, 3> kTargetNames{"duckdb", "postgres", "redshift"};

// Redshift: the widest VARBYTE; `raw` is bounded by the sink's event_bytes_max, not by the table.
constexpr std::string_view kRedshiftBinary = "varbyte(16777216)";

std::string text_type(Target target, int32_t bytes_max) {
  // DuckDB drops a length, so none is shown there: a reader would trust a check that does not happen.
  if (target == Target::duckdb) return "varchar";
  // PostgreSQL counts characters: n bytes never hold more than n of them, so n is wide enough.
  return "varchar(" + std::to_string(bytes_max) + ")";
}

std::string binary_type(Target target) {
  switch (target) {
    case Target::duckdb: return "blob";
    case Target::postgres: return "bytea";
    case Target::redshift: return std::string(kRedshiftBinary);
  }
  return {};
}

std::string sql_type(Target target, ColumnType type, int32_t bytes_max) {
  switch (type) {
    case ColumnType::text: return text_type(target, bytes_max);
    case ColumnType::timestamp_us: return "timestamp";
    case ColumnType::decimal_12_2: return target == Target::postgres ? "numeric(12,2)" : "decimal(12,2)";
    case ColumnType::int32: return "integer";
    case ColumnType::int64: return "bigint";
  }
  return {};
}

TableColumn table_column(Target target, const ColumnSpec& spec) {
  return {std::string(spec.name), sql_type(target, spec.type, spec.bytes_max), spec.bytes_max, spec.is_required,
          std::string(spec.meaning)};
}

TableColumn dt_column(std::string meaning) { return {"dt", "date", 0, true, std::move(meaning)}; }

// Redshift stores the first sort key raw, so that its zone maps are cheap to read.
std::string redshift_encoding(const TableColumn& column, std::string_view sort_key) {
  if (column.name == sort_key) return "raw";
  const bool is_bytes = column.type.starts_with("varchar") || column.type.starts_with("varbyte");
  return is_bytes ? "zstd" : "az64";
}

struct TableShape {
  std::string_view name;
  std::vector<TableColumn> columns;
  std::string_view sort_key;       // Redshift
  std::string_view distribution;   // Redshift
  std::string_view primary_key;    // PostgreSQL
  bool is_partitioned = false;     // PostgreSQL, by month of dt
};

std::string column_lines(Target target, const TableShape& table) {
  size_t name_width = 0;
  for (const TableColumn& column : table.columns) name_width = std::max(name_width, column.name.size());
  std::string lines;
  for (const TableColumn& column : table.columns) {
    if (!lines.empty()) lines += ",\n";
    lines += "  " + column.name + std::string(name_width - column.name.size() + 1, ' ') + column.type;
    if (column.is_required) lines += " not null";
    if (target == Target::redshift) lines += " encode " + redshift_encoding(column, table.sort_key);
  }
  if (target == Target::postgres && !table.primary_key.empty()) {
    lines += ",\n  primary key (" + std::string(table.primary_key) + ")";
  }
  return lines;
}

std::string create_table(Target target, const TableShape& table) {
  std::string sql =
      "create table if not exists raw." + std::string(table.name) + " (\n" + column_lines(target, table) + "\n)";
  if (target == Target::postgres && table.is_partitioned) sql += "\npartition by range (dt)";
  if (target == Target::redshift) {
    sql += "\n" + std::string(table.distribution) + "\nsortkey (" + std::string(table.sort_key) + ")";
  }
  return sql;
}

std::vector<TableShape> tables(Target target) {
  return {
      // Distributed by event_id: it is never null, so no slice fills up with the anonymous visitors (customer_id would
      // put all of them on one), and the copies of one event meet on one slice when the models deduplicate.
      {"raw_clicks", clicks_table(target), "event_ts", "diststyle key distkey (event_id)", "", true},
      {"raw_rejects", rejects_table(target), "ingested_at", "diststyle even", "", true},
      // No primary key in DuckDB: a range loaded again deletes and inserts the same key in one transaction, which its
      // index refuses. One writer at a time holds the file, and the loader looks before it inserts.
      {"load_ledger", ledger_table(target), "file_path", "diststyle all", "file_path", false},
  };
}

std::string month_bound(const CivilDate& date) {
  std::array<char, 16> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-01", date.year, date.month);
  return buffer.data();
}

std::string partition_statement(const std::string& table, const CivilDate& month) {
  const CivilDate next =
      month.month == 12 ? CivilDate{month.year + 1, 1, 1} : CivilDate{month.year, month.month + 1, 1};
  const std::string from = month_bound(month);
  const std::string suffix = from.substr(0, 4) + from.substr(5, 2);
  return "create table if not exists raw." + table + "_" + suffix + " partition of raw." + table +
         " for values from ('" + from + "') to ('" + month_bound(next) + "')";
}

std::string json_property(const ColumnSpec& spec) {
  std::string body = "\"description\": \"" + std::string(spec.meaning);
  if (spec.bytes_max > 0) body += "; at most " + std::to_string(spec.bytes_max) + " bytes of UTF-8";
  body += "\", ";
  const std::string nullable = spec.is_required ? "" : ", \"null\"";
  switch (spec.type) {
    case ColumnType::text:
      body += "\"type\": [\"string\"" + nullable + "], ";
      if (spec.is_required) body += "\"minLength\": 1, ";
      return body + "\"maxLength\": " + std::to_string(spec.bytes_max);
    case ColumnType::timestamp_us: return body + "\"type\": [\"string\"" + nullable + "], \"format\": \"date-time\"";
    case ColumnType::decimal_12_2:
      return body + "\"type\": [\"number\"" + nullable +
             "], \"multipleOf\": 0.01, \"exclusiveMinimum\": -10000000000, \"exclusiveMaximum\": 10000000000";
    case ColumnType::int32:
    case ColumnType::int64: return body + "\"type\": [\"integer\"" + nullable + "]";
  }
  return body;
}

// What a producer may send: `extra` is where the sink keeps what it does not know, the lineage is the sink's own.
bool is_sent(const ColumnSpec& spec) { return spec.origin != ColumnOrigin::lineage && spec.name != "extra"; }

std::string yaml_column(const TableColumn& column) {
  std::string yaml = "          - name: " + column.name + "\n            description: \"" + column.meaning + "\"\n";
  if (column.is_required) yaml += "            data_tests: [not_null]\n";
  return yaml;
}

std::string yaml_table(std::string_view name, std::string_view description, const std::vector<TableColumn>& columns) {
  std::string yaml = "      - name: " + std::string(name) + "\n        description: \"" + std::string(description) +
                     "\"\n        columns:\n";
  for (const TableColumn& column : columns) yaml += yaml_column(column);
  return yaml;
}

}  // namespace

std::optional<Target> parse_target(std::string_view name) {
  for (size_t i = 0; i < kTargetNames.size(); ++i) {
    if (kTargetNames[i] == name) return static_cast<Target>(i);
  }
  return std::nullopt;
}

std::string_view to_text(Target target) { return kTargetNames[static_cast<size_t>(target)]; }

std::vector<TableColumn> clicks_table(Target target) {
  std::vector<TableColumn> columns;
  for (size_t i = 0; i < kColumns.size(); ++i) {
    if (i == kSeedColumnCount) columns.push_back(dt_column("UTC date of event_ts"));
    columns.push_back(table_column(target, kColumns[i]));
  }
  return columns;
}

std::vector<TableColumn> rejects_table(Target target) {
  const auto text = [&](int32_t bytes_max) { return text_type(target, bytes_max); };
  return {
      {"reason", text(32), 32, true, "Why the event was set aside; a closed list, see docs/formats/event.md"},
      {"detail", text(1024), 1024, false, "Column, position or number that shows the fault"},
      {"raw", binary_type(target), 0, true, "The bytes as they came; only the first ones when reason is too_large"},
      {"raw_bytes", "bigint", 0, true, "Length of the event before any cut"},
      {"source_partition", "integer", 0, true, "Partition of the log the event was read from"},
      {"source_offset", "bigint", 0, true, "Offset of the event in that partition"},
      {"arrived_at", "timestamp", 0, true, "When the log took the event, UTC"},
      {"ingested_at", "timestamp", 0, true, "When the sink set it aside, UTC"},
      dt_column("UTC date of ingested_at"),
  };
}

std::vector<TableColumn> ledger_table(Target target) {
  return {
      {"file_path", text_type(target, 512), 512, true, "File of the lake, as the lake's log names it"},
      {"table_version", "bigint", 0, true, "Version of the lake table that added the file"},
      {"row_count", "bigint", 0, true, "Rows loaded from it"},
      {"loaded_at", "timestamp", 0, true, "When, UTC"},
  };
}

std::vector<std::string> ddl_statements(Target target) {
  std::vector<std::string> statements{"create schema if not exists raw"};
  for (const TableShape& table : tables(target)) statements.push_back(create_table(target, table));
  return statements;
}

std::string ddl(Target target) {
  std::string script;
  for (const std::string& statement : ddl_statements(target)) {
    if (!script.empty()) script += "\n";
    script += statement + ";\n";
  }
  return script;
}

std::vector<std::string> postgres_partition_statements(Dt dt) {
  const CivilDate date = civil_from_days(dt.value);
  RCML_CHECK(date.year >= 1 && date.year <= 9999);
  return {partition_statement("raw_clicks", date), partition_statement("raw_rejects", date)};
}

std::string json_schema() {
  std::string required;
  std::string properties;
  for (const ColumnSpec& spec : kColumns) {
    if (!is_sent(spec)) continue;
    if (spec.is_required) required += (required.empty() ? "\"" : ", \"") + std::string(spec.name) + "\"";
    if (!properties.empty()) properties += ",\n";
    properties += "    \"" + std::string(spec.name) + "\": {" + json_property(spec) + "}";
  }
  return "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n  \"title\": \"rcml click event\",\n"
         "  \"type\": \"object\",\n  \"required\": [" +
         required + "],\n  \"properties\": {\n" + properties + "\n  },\n  \"additionalProperties\": true\n}\n";
}

std::string dbt_source() {
  // Lengths play no part in a dbt source, so any target's tables give the same text.
  const Target target = Target::duckdb;
  return "# Generated by `rcml contract dbt-source`; edit src/contract/columns.h instead.\n"
         "version: 2\n\nsources:\n  - name: raw\n    schema: raw\n"
         "    description: \"What `rcml load` copied from the lake, row for row\"\n    tables:\n" +
         yaml_table("raw_clicks", "One row per event of the lake; duplicates are kept, the models remove them",
                    clicks_table(target)) +
         yaml_table("raw_rejects", "One row per event that was set aside", rejects_table(target)) +
         yaml_table("load_ledger", "One row per lake file that was loaded", ledger_table(target));
}

}  // namespace rcml::contract

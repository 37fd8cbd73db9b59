#include "warehouse/raw_schema.h"

#include "warehouse/load_proof.h"

#include <algorithm>

#include "contract/schema_text.h"

namespace rcml::warehouse {
namespace {

RawType raw_type(std::string_view duckdb_type) {
  if (duckdb_type == "varchar") return RawType::text;
  if (duckdb_type == "blob") return RawType::binary;
  if (duckdb_type == "timestamp") return RawType::timestamp_us;
  if (duckdb_type == "decimal(12,2)") return RawType::decimal_12_2;
  if (duckdb_type == "integer") return RawType::int32;
  if (duckdb_type == "bigint") return RawType::int64;
  RCML_CHECK(duckdb_type == "date");
  return RawType::date;
}

// The columns are the same on every target; DuckDB's type names are the shortest to tell apart.
std::vector<RawColumn> raw_columns(const std::vector<contract::TableColumn>& table) {
  std::vector<RawColumn> columns;
  for (const contract::TableColumn& column : table) {
    columns.push_back({column.name, raw_type(column.type), column.bytes_max});
  }
  return columns;
}

std::vector<RawColumn> without_dt(std::vector<RawColumn> columns) {
  std::erase_if(columns, [](const RawColumn& column) { return column.name == "dt"; });
  return columns;
}

RawTableSpec make_spec(std::string name, std::string prefix, const std::vector<contract::TableColumn>& table,
                       std::string dt_source) {
  const std::vector<RawColumn> columns = raw_columns(table);
  return {std::move(name), std::move(prefix), columns, without_dt(columns), std::move(dt_source)};
}

// Which other spellings of a type a catalogue may use.
std::vector<std::string> type_spellings(Target target, const RawColumn& column) {
  const std::string length = "(" + std::to_string(column.bytes_max) + ")";
  switch (target) {
    case Target::duckdb:
      switch (column.type) {
        case RawType::text: return {"VARCHAR"};
        case RawType::binary: return {"BLOB"};
        case RawType::timestamp_us: return {"TIMESTAMP"};
        case RawType::decimal_12_2: return {"DECIMAL(12,2)"};
        case RawType::int32: return {"INTEGER"};
        case RawType::int64: return {"BIGINT"};
        case RawType::date: return {"DATE"};
      }
      break;
    case Target::postgres:
    case Target::redshift:
      switch (column.type) {
        case RawType::text: return {"character varying" + length};
        case RawType::binary:
          if (target == Target::postgres) return {"bytea"};
          return {"varbyte(16777216)", "binary varying(16777216)", "varbinary(16777216)", "binary varying", "varbyte"};
        case RawType::timestamp_us: return {"timestamp without time zone"};
        case RawType::decimal_12_2: return {"numeric(12,2)"};
        case RawType::int32: return {"integer"};
        case RawType::int64: return {"bigint"};
        case RawType::date: return {"date"};
      }
      break;
  }
  return {};
}

const RawColumn* find_column(const std::vector<RawColumn>& columns, std::string_view name) {
  const auto it = std::ranges::find(columns, name, &RawColumn::name);
  return it == columns.end() ? nullptr : &*it;
}

void note_types(Target target, const RawTableSpec& spec, const std::vector<FoundColumn>& found,
                std::vector<std::string>& lines) {
  for (const FoundColumn& column : found) {
    const RawColumn* expected = find_column(spec.columns, column.name);
    if (expected == nullptr) {
      lines.push_back("raw." + spec.name + " has a column the contract does not know: " + column.name + " " +
                      column.type);
      continue;
    }
    const auto spellings = type_spellings(target, *expected);
    if (std::ranges::find(spellings, column.type) == spellings.end()) {
      lines.push_back("raw." + spec.name + "." + column.name + " is " + column.type + ", the contract says " +
                      spellings[0]);
    }
  }
}

// Order is compared among the columns both sides have, so that one missing column is one line and not eighteen.
void note_order(const RawTableSpec& spec, const std::vector<FoundColumn>& found, std::vector<std::string>& lines) {
  std::vector<std::string> there;
  for (const FoundColumn& column : found) {
    if (find_column(spec.columns, column.name) != nullptr) there.push_back(column.name);
  }
  std::vector<std::string> expected;
  for (const RawColumn& column : spec.columns) {
    if (std::ranges::find(there, column.name) != there.end()) expected.push_back(column.name);
  }
  for (size_t i = 0; i < expected.size(); ++i) {
    if (there[i] == expected[i]) continue;
    lines.push_back("raw." + spec.name + " has " + there[i] + " where the contract has " + expected[i]);
  }
}

}  // namespace

const RawTableSpec& raw_table(RawTable table) {
  static const RawTableSpec clicks =
      make_spec("raw_clicks", "clicks/", contract::clicks_table(Target::duckdb), "event_ts");
  static const RawTableSpec rejects =
      make_spec("raw_rejects", "rejects/", contract::rejects_table(Target::duckdb), "ingested_at");
  return table == RawTable::clicks ? clicks : rejects;
}

std::string sql_type(Target target, const RawColumn& column) {
  for (const auto& table : {contract::clicks_table(target), contract::rejects_table(target)}) {
    const auto it = std::ranges::find(table, column.name, &contract::TableColumn::name);
    if (it != table.end()) return it->type;
  }
  RCML_CHECK(false);
  return {};
}

std::vector<std::string> create_statements(Target target) {
  std::vector<std::string> statements = contract::ddl_statements(target);
  const std::vector<std::string> own = loader_statements();
  statements.insert(statements.end(), own.begin(), own.end());
  return statements;
}

std::vector<std::string> loader_statements() {
  std::vector<std::string> statements;
  statements.push_back(
      "create table if not exists raw.load_watermark (\n  table_name    varchar(32) not null,\n"
      "  table_version bigint not null,\n  updated_at    timestamp not null\n)");
  // A table of its own, because warehouses that rcml 0.1 made have the one above already.
  statements.push_back(
      "create table if not exists raw.load_origin (\n  table_name    varchar(32) not null,\n"
      "  table_version bigint not null,\n  table_id      varchar(128) not null,\n  steps         bigint not null\n)");
  statements.push_back(create_load_proof_sql());
  return statements;
}

std::vector<std::string> table_differences(Target target, const RawTableSpec& spec,
                                           const std::vector<FoundColumn>& found) {
  std::vector<std::string> lines;
  for (const RawColumn& column : spec.columns) {
    const bool is_there = std::ranges::find(found, column.name, &FoundColumn::name) != found.end();
    if (!is_there) {
      lines.push_back("raw." + spec.name + " lacks the column " + column.name + " " + sql_type(target, column));
    }
  }
  note_types(target, spec, found, lines);
  note_order(spec, found, lines);
  return lines;
}

Error schema_error(const std::string& display, const std::vector<std::string>& differences) {
  std::string message = "tables of " + display + " differ from the contract:";
  for (const std::string& line : differences) message += "\n  - " + line;
  return bad_config(message,
                    "Rename the table out of the way and load again (the lake holds every row), or alter it to match "
                    "`rcml contract ddl`");
}

std::string quoted(Target target, std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || (c == '\\' && target == Target::redshift)) out += c;
    out += c;
  }
  return out + "'";
}

std::string column_list(const std::vector<RawColumn>& columns) {
  std::string list;
  for (const RawColumn& column : columns) list += (list.empty() ? "" : ", ") + column.name;
  return list;
}

}  // namespace rcml::warehouse

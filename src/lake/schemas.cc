#include "lake/schemas.h"

#include "contract/columns.h"
#include "contract/event.h"
#include "lake/json_text.h"

namespace rcml::lake {
namespace {

constexpr const char* kPartitionColumn = "dt";

const char* delta_type(contract::ColumnType type) {
  switch (type) {
    case contract::ColumnType::text: return "string";
    case contract::ColumnType::timestamp_us: return "timestamp";
    case contract::ColumnType::decimal_12_2: return "decimal(12,2)";
    case contract::ColumnType::int32: return "integer";
    case contract::ColumnType::int64: return "long";
  }
  return "string";
}

const char* type_name(contract::ColumnType type) {
  return type == contract::ColumnType::text ? "text" : delta_type(type);
}

const char* origin_name(contract::ColumnOrigin origin) {
  switch (origin) {
    case contract::ColumnOrigin::seed: return "seed";
    case contract::ColumnOrigin::additive: return "additive";
    case contract::ColumnOrigin::lineage: return "lineage";
  }
  return "";
}

std::string columns_json() {
  std::string text;
  for (const contract::ColumnSpec& column : contract::kColumns) {
    text += (text.empty() ? "\n    {\"name\": " : ",\n    {\"name\": ") + json_string(column.name) + ", \"type\": \"" +
            type_name(column.type) + "\", \"bytes_max\": " + std::to_string(column.bytes_max) +
            ", \"is_required\": " + (column.is_required ? "true" : "false") +
            ", \"may_be_cut\": " + (column.may_be_cut ? "true" : "false") + ", \"origin\": \"" +
            origin_name(column.origin) + "\"}";
  }
  return "[" + text + "\n  ]";
}

std::string reasons_json() {
  std::vector<std::string> reasons;
  for (size_t i = 0; i < static_cast<size_t>(contract::RejectReason::reason_count); ++i)
    reasons.emplace_back(contract::to_text(static_cast<contract::RejectReason>(i)));
  return json_array(reasons);
}

class SchemaText {
 public:
  void add(std::string_view name, const char* type, bool is_nullable) {
    if (!fields_.empty()) fields_ += ',';
    fields_ += "{\"name\":" + json_string(name) + ",\"type\":\"" + type +
               "\",\"nullable\":" + (is_nullable ? "true" : "false") + ",\"metadata\":{}}";
  }
  std::string finish() && { return "{\"type\":\"struct\",\"fields\":[" + fields_ + "]}"; }

 private:
  std::string fields_;
};

struct TablePlan {
  const char* name;
  std::string schema_json;
  // The columns that files have statistics of. Without this readers take a column that the statistics do not speak of for
  // one that is null in every row (delta-rs with pyarrow filters), and find nothing by it.
  std::string stats_columns;
};

Result<std::unique_ptr<Table>> open_table(const Location& lake, const TablePlan& plan) {
  RCML_TRY(auto location, lake.child(plan.name));
  RCML_TRY(auto table, Table::open(location));
  RCML_OK(table->check_schema(plan.schema_json, {kPartitionColumn}));
  return table;
}

Result<std::unique_ptr<Table>> open_or_create_table(const Location& lake, const TablePlan& plan) {
  RCML_TRY(auto location, lake.child(plan.name));
  return Table::open_or_create(location, plan.schema_json, {kPartitionColumn},
                               {{"delta.dataSkippingStatsColumns", plan.stats_columns}});
}

TablePlan clicks_plan() { return {"bronze/clicks", clicks_schema_json(), "event_ts,source_partition,source_offset"}; }
TablePlan rejects_plan() {
  return {"bronze/rejects", rejects_schema_json(), "ingested_at,source_partition,source_offset"};
}

}  // namespace

std::string clicks_schema_json() {
  SchemaText schema;
  for (const contract::ColumnSpec& column : contract::kColumns)
    schema.add(column.name, delta_type(column.type), !column.is_required);
  schema.add(kPartitionColumn, "date", true);
  return std::move(schema).finish();
}

std::string rejects_schema_json() {
  SchemaText schema;
  schema.add("reason", "string", false);
  schema.add("detail", "string", true);
  schema.add("raw", "binary", false);
  schema.add("raw_bytes", "long", false);
  schema.add("source_partition", "integer", false);
  schema.add("source_offset", "long", false);
  schema.add("arrived_at", "timestamp", false);
  schema.add("ingested_at", "timestamp", false);
  schema.add(kPartitionColumn, "date", true);
  return std::move(schema).finish();
}

std::string lake_schema_json() {
  return "{\n  \"columns\": " + columns_json() + ",\n  \"reasons\": " + reasons_json() +
         ",\n  \"clicks\": " + clicks_schema_json() + ",\n  \"rejects\": " + rejects_schema_json() + "\n}\n";
}

Result<LakeTables> open_or_create_lake(const std::string& lake_url) {
  RCML_TRY(auto lake, Location::open(lake_url));
  LakeTables tables;
  RCML_TRY(tables.clicks, open_or_create_table(*lake, clicks_plan()));
  RCML_TRY(tables.rejects, open_or_create_table(*lake, rejects_plan()));
  return tables;
}

Result<LakeTables> open_lake(const std::string& lake_url) {
  RCML_TRY(auto lake, Location::open(lake_url));
  LakeTables tables;
  RCML_TRY(tables.clicks, open_table(*lake, clicks_plan()));
  RCML_TRY(tables.rejects, open_table(*lake, rejects_plan()));
  return tables;
}

Result<LakeTables> open_lake_to_write(const std::string& lake_url) {
  RCML_TRY(LakeTables tables, open_lake(lake_url));
  RCML_OK(tables.clicks->check_writable());
  RCML_OK(tables.rejects->check_writable());
  return tables;
}

}  // namespace rcml::lake

// contract/schema_text.h: the contract printed for others: DDL of the three warehouses, JSON schema, dbt source.
//
// Everything here is a pure function of columns.h. The copies in the repository are written by `rcml contract ...`
// and a check fails when one is stale.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"

namespace rcml::contract {

enum class Target : uint8_t { duckdb, postgres, redshift };
std::optional<Target> parse_target(std::string_view name);
std::string_view to_text(Target target);

// A column of a warehouse table, in the table's order.
struct TableColumn {
  std::string name;
  std::string type;       // As the target's DDL spells it: varchar(64), timestamp, numeric(12,2), ...
  int32_t bytes_max = 0;  // Of text, whatever the target enforces by itself; 0 for other types.
  bool is_required = false;
  std::string meaning;
};

// raw.raw_clicks: the seed's ten columns, dt eleventh, then the contract's 11-18.
std::vector<TableColumn> clicks_table(Target target);
// raw.raw_rejects: reason, detail, raw, raw_bytes, source_partition, source_offset, arrived_at, ingested_at, dt.
std::vector<TableColumn> rejects_table(Target target);
// raw.load_ledger: file_path, table_version, row_count, loaded_at.
std::vector<TableColumn> ledger_table(Target target);

// Statements without a final semicolon, in the order to run them; each may run again without harm.
std::vector<std::string> ddl_statements(Target target);
// The same as one script.
std::string ddl(Target target);

// PostgreSQL only: raw.raw_clicks and raw.raw_rejects are partitioned by month of dt. These two statements make the
// partitions that hold `dt`; they do nothing when those exist.
std::vector<std::string> postgres_partition_statements(Dt dt);

// JSON Schema (draft 2020-12) of one event as a producer sends it.
std::string json_schema();
// dags/clickstream/models/_sources.yml
std::string dbt_source();

}  // namespace rcml::contract

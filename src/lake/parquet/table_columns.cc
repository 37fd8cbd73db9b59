#include "lake/parquet/table_columns.h"

#include "contract/columns.h"

namespace rcml::lake {
namespace {

ValueKind kind_of(contract::ColumnType type) {
  switch (type) {
    case contract::ColumnType::text: return ValueKind::text;
    case contract::ColumnType::timestamp_us: return ValueKind::timestamp_us;
    case contract::ColumnType::decimal_12_2: return ValueKind::decimal_12_2;
    case contract::ColumnType::int32: return ValueKind::int32;
    case contract::ColumnType::int64: return ValueKind::int64;
  }
  return ValueKind::text;
}

// Columns whose values hardly repeat within a file: a dictionary of them costs a look-up per row and is thrown away.
bool is_unique_like(contract::Column column) {
  return column == contract::event_id || column == contract::order_id || column == contract::extra ||
         column == contract::event_ts || column == contract::source_offset;
}

// Bounds of these let a reader skip row groups; of random ids and of a handful of words they never would, and cost two
// comparisons a value.
bool has_useful_bounds(contract::Column column) {
  switch (column) {
    case contract::customer_id:
    case contract::anonymous_id:
    case contract::order_id: return true;
    default: return contract::kColumns[column].type != contract::ColumnType::text;
  }
}

}  // namespace

std::vector<FileColumn> click_columns() {
  std::vector<FileColumn> columns;
  for (size_t i = 0; i < contract::kColumns.size(); ++i) {
    const contract::ColumnSpec& spec = contract::kColumns[i];
    const auto column = static_cast<contract::Column>(i);
    columns.push_back(
        {spec.name, kind_of(spec.type), spec.is_required, !is_unique_like(column), has_useful_bounds(column)});
  }
  return columns;
}

std::vector<FileColumn> reject_columns() {
  return {{"reason", ValueKind::text, true, true, true},
          {"detail", ValueKind::text, false, true, false},
          {"raw", ValueKind::binary, true, false, false},
          {"raw_bytes", ValueKind::int64, true, false, true},
          {"source_partition", ValueKind::int32, true, true, true},
          {"source_offset", ValueKind::int64, true, false, true},
          {"arrived_at", ValueKind::timestamp_us, true, true, true},
          {"ingested_at", ValueKind::timestamp_us, true, true, true}};
}

}  // namespace rcml::lake

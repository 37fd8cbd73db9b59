// warehouse/raw_schema.h: the tables of schema raw as the loaders see them, from contract/schema_text.h. Pure.
//
// A table has two orders of columns: that of the warehouse, and that of the file (no dt: it lives in the path).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "warehouse/warehouse.h"
#include "warehouse/warehouse_url.h"

namespace rcml::warehouse {

enum class RawType : uint8_t { text, binary, timestamp_us, decimal_12_2, int32, int64, date };

struct RawColumn {
  std::string name;
  RawType type = RawType::text;
  int32_t bytes_max = 0;  // Of text; 0 for other types.
};

struct RawTableSpec {
  std::string name;                        // "raw_clicks"
  std::string ledger_prefix;               // "clicks/"
  std::vector<RawColumn> columns;          // In the warehouse's order, dt among them.
  std::vector<RawColumn> file_columns;     // In the file's order.
  std::string dt_source;                   // The file column whose UTC date is dt.
};

const RawTableSpec& raw_table(RawTable table);

// The type as the target's DDL writes it.
std::string sql_type(Target target, const RawColumn& column);

// The contract's DDL and the loader's own raw.load_watermark, raw.load_origin and raw.load_proof; each statement may run again without harm.
std::vector<std::string> create_statements(Target target);
// The loader's own of them.
std::vector<std::string> loader_statements();

struct FoundColumn {
  std::string name;
  std::string type;  // As the target's catalogue names it.
};

// One line per difference between the table that is there and the contract: missing, extra, misplaced, other type or
// length. Empty when there is none.
std::vector<std::string> table_differences(Target target, const RawTableSpec& spec,
                                           const std::vector<FoundColumn>& found);

// The error prepare() returns for those lines.
Error schema_error(const std::string& display, const std::vector<std::string>& differences);

// 'text' with quotes doubled. Redshift also reads backslashes as escapes: they are doubled there.
std::string quoted(Target target, std::string_view text);

// "event_id, customer_id, …"
std::string column_list(const std::vector<RawColumn>& columns);

}  // namespace rcml::warehouse

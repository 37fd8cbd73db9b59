// contract/columns.h: the only place that knows the columns of a click. DDL, JSON schema, dbt source, the Parquet and
// the Delta schema are all printed from this table (see `rcml contract --help`).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace rcml::contract {

enum class ColumnType : uint8_t { text, timestamp_us, decimal_12_2, int32, int64 };
enum class ColumnOrigin : uint8_t {
  seed,      // 1-10: the columns the warehouse table had from the start, in its order.
  additive,  // 11-15: added since; may be null in any file.
  lineage,   // 16-18: set by the sink, never read from an event.
};

struct ColumnSpec {
  std::string_view name;
  ColumnType type;
  int32_t bytes_max;  // Of text, in bytes as Redshift counts them; 0 for other types.
  bool is_required;
  ColumnOrigin origin;
  std::string_view meaning;
  bool may_be_cut = false;  // An over-long text may lose its end: no id, and no JSON, which would be neither any more.
};

inline constexpr bool kMayBeCut = true;

// Index of a column in kColumns; the order of the columns in every file.
enum Column : uint8_t {
  event_id,
  customer_id,
  session_id,
  event_type,
  page,
  utm_campaign,
  device,
  geo_city,
  event_ts,
  source,
  anonymous_id,
  product_id,
  order_id,
  revenue,
  extra,
  source_partition,
  source_offset,
  ingested_at,
  column_count
};

// clang-format off: one column a line.
inline constexpr std::array<ColumnSpec, column_count> kColumns{{
    {"event_id", ColumnType::text, 64, true, ColumnOrigin::seed, "Unique id of the event, given by its producer"},
    {"customer_id", ColumnType::text, 64, false, ColumnOrigin::seed, "The shop's id of a known customer"},
    {"session_id", ColumnType::text, 64, false, ColumnOrigin::seed, "The client's own session id, kept as it came"},
    {"event_type", ColumnType::text, 32, true, ColumnOrigin::seed, "What happened: page_view, product_view, search, add_to_cart, checkout, purchase or another", kMayBeCut},
    {"page", ColumnType::text, 256, false, ColumnOrigin::seed, "Path of the page", kMayBeCut},
    {"utm_campaign", ColumnType::text, 64, false, ColumnOrigin::seed, "Campaign that brought the visit; null is direct", kMayBeCut},
    {"device", ColumnType::text, 16, false, ColumnOrigin::seed, "desktop, mobile, tablet or another", kMayBeCut},
    {"geo_city", ColumnType::text, 64, false, ColumnOrigin::seed, "City", kMayBeCut},
    {"event_ts", ColumnType::timestamp_us, 0, true, ColumnOrigin::seed, "When it happened, UTC, microseconds"},
    {"source", ColumnType::text, 32, false, ColumnOrigin::seed, "Which channel sent it: web, app, ...", kMayBeCut},
    {"anonymous_id", ColumnType::text, 64, false, ColumnOrigin::additive, "Cookie or device id; the visitor when customer_id is null"},
    {"product_id", ColumnType::text, 64, false, ColumnOrigin::additive, "Product looked at, put in the cart or bought"},
    {"order_id", ColumnType::text, 64, false, ColumnOrigin::additive, "Order of a purchase"},
    {"revenue", ColumnType::decimal_12_2, 0, false, ColumnOrigin::additive, "Amount of a purchase in the shop's currency"},
    {"extra", ColumnType::text, 65535, false, ColumnOrigin::additive, "Unknown fields of the event as JSON text"},
    {"source_partition", ColumnType::int32, 0, true, ColumnOrigin::lineage, "Partition of the log the event was read from"},
    {"source_offset", ColumnType::int64, 0, true, ColumnOrigin::lineage, "Offset of the event in that partition"},
    {"ingested_at", ColumnType::timestamp_us, 0, true, ColumnOrigin::lineage, "When the sink decoded it, UTC"},
}};
// clang-format on

using ColumnSet = uint32_t;  // One bit a Column.
static_assert(column_count <= 32);

constexpr bool contains(ColumnSet set, Column column) { return (set >> column & 1u) != 0; }
constexpr ColumnSet with(ColumnSet set, Column column) { return set | 1u << column; }

// Columns the warehouse table has as its first eleven: the ten of the seed, then dt.
inline constexpr int kSeedColumnCount = 10;

}  // namespace rcml::contract

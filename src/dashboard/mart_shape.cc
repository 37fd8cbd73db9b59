#include "dashboard/mart_shape.h"

namespace rcml::dashboard {
namespace {

std::string quoted_name(std::string_view name) {
  std::string out = "\"";
  for (const char byte : name) {
    if (byte == '"') out += '"';
    out += byte;
  }
  return out + '"';
}

}  // namespace

MartShape::MartShape(const std::vector<Column>& columns, std::string catalog) : catalog_(std::move(catalog)) {
  for (const auto& column : columns) {
    Relation& relation = tables_[column.table];
    // The same name in two schemas: the first in the reader's order wins, whole.
    if (relation.schema.empty()) relation.schema = column.schema;
    if (relation.schema == column.schema) relation.columns.insert(column.name);
  }
}

bool MartShape::has(std::string_view table, std::string_view column) const {
  const auto it = tables_.find(table);
  return it != tables_.end() && it->second.columns.find(column) != it->second.columns.end();
}

std::string MartShape::source(std::string_view table) const {
  const std::string name = quoted_name(tables_.find(table)->second.schema) + '.' + quoted_name(table);
  return catalog_.empty() ? name : quoted_name(catalog_) + '.' + name;
}

std::string MartShape::select(std::string_view table, const std::vector<Wanted>& wanted) const {
  std::string out = "select ";
  for (const auto& column : wanted) {
    if (&column != &wanted.front()) out += ", ";
    const std::string type(column.type);
    std::string expression = "cast(null as " + type + ')';
    if (has(table, column.source)) expression = "cast(" + quoted_name(column.source) + " as " + type + ')';
    if (!column.none.empty()) expression = "nullif(" + expression + ", '" + std::string(column.none) + "')";
    out += expression + " as " + std::string(column.name);
  }
  return out + (has(table) ? " from " + source(table) : " where false");
}

std::string MartShape::sessions() const {
  return select("fct_sessions", {{"session_key", "varchar", "session_key"},
                                 {"client_key", "varchar", "client_key"},
                                 {"session_no", "bigint", "session_no"},
                                 {"ended_at", "timestamp", "session_end"},
                                 {"visitor_id", "varchar", "visitor_id"},
                                 {"started_at", "timestamp", "session_start"},
                                 {"session_date", "date", "session_date"},
                                 {"session_hour", "integer", "session_hour"},
                                 {"event_count", "bigint", "event_count"},
                                 {"view_count", "bigint", "view_count"},
                                 {"duration_s", "double", "duration_s"},
                                 {"is_bot", "boolean", "is_bot"},
                                 {"is_open", "boolean", "is_open"},
                                 {"is_bounce", "boolean", "is_bounce"},
                                 {"is_new_visitor", "boolean", "is_new_visitor"},
                                 {"device", "varchar", "device"},
                                 {"utm_campaign", "varchar", "utm_campaign"},
                                 {"geo_city", "varchar", "geo_city"},
                                 {"checkout_count", "bigint", "checkout_count"},
                                 {"purchase_count", "bigint", "purchase_count"},
                                 {"order_count", "bigint", "order_count"},
                                 {"revenue", "decimal(18, 2)", "revenue"},
                                 {"step_reached", "integer", "funnel_step_reached"},
                                 {"step_ordered", "integer", "funnel_step_ordered"}});
}

std::string MartShape::pages() const {
  return select("fct_pages_daily", {{"page_date", "date", "event_date"},
                                    {"page", "varchar", "page", "(none)"},
                                    {"device", "varchar", "device", "(unknown)"},
                                    {"utm_campaign", "varchar", "utm_campaign", "(direct)"},
                                    {"is_bot", "boolean", "is_bot"},
                                    {"view_count", "bigint", "view_count"}});
}

std::string MartShape::heatmap() const {
  return select("fct_hourly_heatmap", {{"event_date", "date", "event_date"},
                                       {"weekday", "integer", "weekday_no"},
                                       {"hour", "integer", "event_hour"},
                                       {"device", "varchar", "device", "(unknown)"},
                                       {"utm_campaign", "varchar", "utm_campaign", "(direct)"},
                                       {"is_bot", "boolean", "is_bot"},
                                       {"event_count", "bigint", "event_count"}});
}

std::string MartShape::events() const {
  return select("int_events", {{"client_key", "varchar", "client_key"},
                               {"session_no", "bigint", "session_no"},
                               {"event_at", "timestamp", "event_ts"},
                               {"event_id", "varchar", "event_id"},
                               {"event_type", "varchar", "event_type"},
                               {"page", "varchar", "page"},
                               {"geo_city", "varchar", "geo_city"},
                               {"revenue", "double", "revenue"}});
}

}  // namespace rcml::dashboard

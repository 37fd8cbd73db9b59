// dashboard/mart_shape.h: how the page's queries see the marts, whatever is there yet.
//
// The panels are written against five relations with fixed columns (below). A mart or a column that the published copy
// does not have reads as empty or null, so that an older copy, a half-built project or sparse real data costs a panel
// and never the page.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace rcml::dashboard {

class MartShape {
 public:
  struct Column {
    std::string schema;
    std::string table;
    std::string name;
  };
  // `catalog`: the attached database they are in; empty: the connection's own.
  explicit MartShape(const std::vector<Column>& columns, std::string catalog = {});

  bool has(std::string_view table) const { return tables_.find(table) != tables_.end(); }
  bool has(std::string_view table, std::string_view column) const;
  const std::string& catalog() const { return catalog_; }
  // "catalog"."schema"."table", quoted.
  std::string source(std::string_view table) const;

  // Each is a `select` with exactly these columns:
  // session_key client_key session_no visitor_id started_at ended_at session_date session_hour event_count view_count duration_s
  // is_bot is_open is_bounce is_new_visitor device utm_campaign geo_city checkout_count purchase_count order_count revenue
  // step_reached step_ordered (1 session, 2 product, 3 cart, 4 checkout, 5 purchase)
  std::string sessions() const;
  // page_date page device utm_campaign is_bot view_count
  std::string pages() const;
  // event_date weekday(1 Monday..7) hour device utm_campaign is_bot event_count
  std::string heatmap() const;
  // session_date visitor_no device utm_campaign is_bot: sessions with their visitors numbered from 1, for
  // count_numbers(visitor_no). Empty when nobody has numbered them: then count different visitor_id of sessions().
  std::string numbered_visits() const { return numbered_visits_; }
  void use_numbered_visits(const std::string& table) { numbered_visits_ = "select * from " + table; }
  // client_key session_no (of its session) event_at event_id event_type page geo_city revenue
  std::string events() const;

 private:
  struct Relation {
    std::string schema;
    std::set<std::string, std::less<>> columns;
  };
  struct Wanted {
    std::string_view name;     // As the panels call it.
    std::string_view type;     // Of the null that stands in.
    std::string_view source;   // Column of the mart.
    std::string_view none = {};  // Label the mart gives to null, where it has one.
  };
  std::string select(std::string_view table, const std::vector<Wanted>& wanted) const;

  std::string catalog_;
  std::string numbered_visits_;
  std::map<std::string, Relation, std::less<>> tables_;
};

}  // namespace rcml::dashboard

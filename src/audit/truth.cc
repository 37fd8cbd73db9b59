#include "audit/truth.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

namespace rcml::audit {
namespace {

using Json = nlohmann::json;
using warehouse::Warehouse;

constexpr int kTruthVersion = 1;

// A figure's name ("2025-08-24 people sessions") -> its value. Both sides are brought into this shape and compared.
using Figures = std::map<std::string, int64_t>;

// What a row of sessions adds up to: the name in truth.json and the SQL that gives it.
struct Measure {
  const char* path;  // Key of a session group in truth.json, "outer.inner" for nested ones.
  const char* sql;
};
constexpr Measure kSessionMeasures[] = {
    {"sessions", "count(*)"},
    {"converted", "sum(case when is_converted then 1 else 0 end)"},
    {"bounces", "sum(case when is_bounce then 1 else 0 end)"},
    {"visitors", "count(distinct visitor_id)"},
    {"events", "sum(event_count)"},
    {"events_by_type.page_view", "sum(page_view_count)"},
    {"events_by_type.product_view", "sum(product_view_count)"},
    {"events_by_type.search", "sum(search_count)"},
    {"events_by_type.add_to_cart", "sum(add_to_cart_count)"},
    {"checkouts", "sum(checkout_count)"},
    {"orders", "sum(order_count)"},
    {"revenue_cents", "sum(revenue) * 100"},
    {"duration_us", "sum(duration_us)"},
    {"reached.product_view", "sum(case when funnel_step_reached >= 2 then 1 else 0 end)"},
    {"reached.add_to_cart", "sum(case when funnel_step_reached >= 3 then 1 else 0 end)"},
    {"reached.checkout", "sum(case when funnel_step_reached >= 4 then 1 else 0 end)"},
    {"reached.purchase", "sum(case when funnel_step_reached >= 5 then 1 else 0 end)"},
    {"ordered.product_view", "sum(case when funnel_step_ordered >= 2 then 1 else 0 end)"},
    {"ordered.add_to_cart", "sum(case when funnel_step_ordered >= 3 then 1 else 0 end)"},
    {"ordered.checkout", "sum(case when funnel_step_ordered >= 4 then 1 else 0 end)"},
    {"ordered.purchase", "sum(case when funnel_step_ordered >= 5 then 1 else 0 end)"},
};

int64_t at_path(const Json& group, const std::string& path) {
  const size_t dot = path.find('.');
  if (dot == std::string::npos) return group.value(path, int64_t{0});
  return group.contains(path.substr(0, dot)) ? at_path(group.at(path.substr(0, dot)), path.substr(dot + 1)) : 0;
}

// A whole number as the warehouse prints it; "1234.00" too, since sums of decimals keep their scale.
Result<int64_t> whole(const std::optional<std::string>& text) {
  if (!text) return int64_t{0};
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  const std::string_view rest(end, static_cast<size_t>(text->data() + text->size() - end));
  const bool is_whole =
      rest.empty() || (rest.front() == '.' && rest.find_first_not_of('0', 1) == std::string_view::npos);
  if (error != std::errc() || !is_whole) return corrupt("the mart gives \"" + *text + "\" where a whole number is due");
  return value;
}

class Comparison {
 public:
  Comparison(std::string check, Report& report) : check_(std::move(check)), report_(report) {}

  void truth(const std::string& name, int64_t value) {
    if (value != 0) truth_[name] = value;
  }
  void mart(const std::string& name, int64_t value) {
    if (value != 0) mart_[name] = value;
  }

  // Figures that are nowhere count as 0 on both sides.
  void conclude() {
    int64_t wrong = 0;
    const auto compare = [&](const std::string& name) {
      const int64_t expected = value_in(truth_, name);
      const int64_t found = value_in(mart_, name);
      if (expected == found) return;
      ++wrong;
      add_finding(report_, check_, name + ": truth " + std::to_string(expected) + ", marts " + std::to_string(found));
    };
    for (const auto& [name, unused] : truth_) compare(name);
    for (const auto& [name, unused] : mart_) {
      if (!truth_.contains(name)) compare(name);
    }
    report_.checks.push_back({check_, wrong == 0 && !truth_.empty(),
                              std::to_string(truth_.size()) + " figures, " + std::to_string(wrong) + " differ"});
  }

 private:
  static int64_t value_in(const Figures& figures, const std::string& name) {
    const auto found = figures.find(name);
    return found == figures.end() ? 0 : found->second;
  }

  std::string check_;
  Report& report_;
  Figures truth_;
  Figures mart_;
};

std::string group_name(const std::string& is_bot) {
  return is_bot == "true" || is_bot == "t" || is_bot == "1" ? "bots" : "people";
}

std::string session_measures_sql() {
  std::string sql;
  for (const Measure& measure : kSessionMeasures) sql += std::string(", ") + measure.sql;
  return sql;
}

using Takes = bool (*)(const Measure&);
bool takes_all(const Measure&) { return true; }
// A visitor counts once in the truth of a dimension, with his first session of all; the marts do not keep that figure.
bool adds_up(const Measure& measure) { return std::string_view(measure.path) != "visitors"; }

// Rows: name, is_bot, then the session measures.
Status take_session_rows(Warehouse& warehouse, const std::string& sql, Takes takes, Comparison& comparison) {
  RCML_TRY(const auto rows, warehouse.query(sql));
  for (const auto& row : rows) {
    const std::string group = row[0].value_or("") + " " + group_name(row[1].value_or(""));
    size_t column = 2;
    for (const Measure& measure : kSessionMeasures) {
      RCML_TRY(const int64_t value, whole(row[column++]));
      if (takes(measure)) comparison.mart(group + " " + measure.path, value);
    }
  }
  return {};
}

void take_session_group(const std::string& name, const Json& group, Takes takes, Comparison& comparison) {
  for (const Measure& measure : kSessionMeasures) {
    if (takes(measure)) comparison.truth(name + " " + measure.path, at_path(group, measure.path));
  }
}

Status check_days(const Json& truth, Warehouse& warehouse, Report& report) {
  Comparison comparison("truth.days", report);
  for (const Json& day : truth.at("by_day")) {
    const std::string date = day.at("date");
    take_session_group(date + " people", day.at("people"), takes_all, comparison);
    take_session_group(date + " bots", day.at("bots"), takes_all, comparison);
  }
  RCML_OK(take_session_rows(warehouse,
                            "select cast(session_date as varchar(10)), is_bot" + session_measures_sql() +
                                " from marts.fct_sessions group by session_date, is_bot",
                            takes_all, comparison));
  comparison.conclude();
  return {};
}

// By a dimension that truth.json gives for people only.
Status check_dimension(const Json& groups, const std::string& check, const std::string& column,
                       const std::string& if_null, Warehouse& warehouse, Report& report) {
  Comparison comparison(check, report);
  for (const auto& [name, group] : groups.items()) take_session_group(name + " people", group, adds_up, comparison);
  RCML_OK(take_session_rows(
      warehouse,
      "select coalesce(" + column + ", '" + if_null + "') as name, is_bot" + session_measures_sql() +
          " from marts.fct_sessions where not is_bot group by coalesce(" + column + ", '" + if_null + "'), is_bot",
      adds_up, comparison));
  comparison.conclude();
  return {};
}

Status take_named(Warehouse& warehouse, const std::string& sql, Comparison& comparison) {
  RCML_TRY(const auto rows, warehouse.query(sql));
  for (const auto& row : rows) {
    RCML_TRY(const int64_t value, whole(row[1]));
    comparison.mart(row[0].value_or("(null)"), value);
  }
  return {};
}

// The pages truth.json lists are the busiest; the marts must give the same counts for them.
Status check_pages(const Json& truth, Warehouse& warehouse, Report& report) {
  Comparison comparison("truth.pages", report);
  std::string pages;
  for (const Json& page : truth.at("top_pages")) {
    const std::string path = page.at("page");
    comparison.truth(path, page.at("events"));
    pages += (pages.empty() ? "'" : ", '") + path + "'";
  }
  RCML_OK(take_named(warehouse,
                     "select page, sum(event_count) from marts.fct_pages_daily where not is_bot and page in (" + pages +
                         ") group by page",
                     comparison));
  comparison.conclude();
  return {};
}

Status check_hours(const Json& truth, Warehouse& warehouse, Report& report) {
  Comparison comparison("truth.hours", report);
  for (const auto& [key, is_bot] :
       {std::pair("people_events_by_weekday_hour", "people"), std::pair("bot_events_by_weekday_hour", "bots")}) {
    for (size_t weekday = 0; weekday < truth.at(key).size(); ++weekday) {
      for (size_t hour = 0; hour < truth.at(key)[weekday].size(); ++hour) {
        comparison.truth("weekday " + std::to_string(weekday + 1) + " hour " + std::to_string(hour) + " " + is_bot,
                         truth.at(key)[weekday][hour]);
      }
    }
  }
  RCML_TRY(const auto rows,
           warehouse.query("select weekday_no, event_hour, is_bot, sum(event_count) from marts.fct_hourly_heatmap "
                           "group by weekday_no, event_hour, is_bot"));
  for (const auto& row : rows) {
    RCML_TRY(const int64_t value, whole(row[3]));
    comparison.mart(
        "weekday " + row[0].value_or("") + " hour " + row[1].value_or("") + " " + group_name(row[2].value_or("")),
        value);
  }
  comparison.conclude();
  return {};
}

// Every injected fault is accounted for: copies by kind in the raw table, malformed lines by reason in the rejects.
Status check_faults(const Json& truth, Warehouse& warehouse, Report& report) {
  Comparison comparison("truth.faults", report);
  const Json& faults = truth.at("faults");
  comparison.truth("events", truth.at("events"));
  comparison.truth("lines", truth.at("lines"));
  comparison.truth("duplicates", faults.at("duplicates"));
  comparison.truth("conflicts", faults.at("conflicts"));
  for (const auto& [reason, count] : faults.at("malformed_by_reason").items())
    comparison.truth("reject " + reason, count);
  RCML_OK(take_named(warehouse, "select 'events', count(*) from marts.stg_clicks", comparison));
  RCML_OK(take_named(warehouse, "select 'duplicates', sum(duplicate_count) from marts.fct_data_quality", comparison));
  RCML_OK(take_named(warehouse, "select 'conflicts', sum(conflict_count) from marts.fct_data_quality", comparison));
  RCML_OK(
      take_named(warehouse, "select 'reject ' || reason, count(*) from raw.raw_rejects group by reason", comparison));
  RCML_TRY(const int64_t rows, warehouse.row_count(warehouse::RawTable::clicks));
  RCML_TRY(const int64_t rejects, warehouse.row_count(warehouse::RawTable::rejects));
  comparison.mart("lines", rows + rejects);
  comparison.conclude();
  return {};
}

Result<Json> read_truth(const std::string& dir) {
  const std::string path = dir + "/truth.json";
  std::ifstream file(path);
  if (!file.good()) return bad_config("there is no " + path, "Name the folder given to rcml generate --truth");
  Json truth = Json::parse(file, nullptr, false);
  if (truth.is_discarded()) return bad_config(path + " is no JSON", "Was it cut off? Generate again");
  if (truth.value("version", 0) != kTruthVersion) {
    return bad_config(path + " is of another version than " + std::to_string(kTruthVersion),
                      "Use the rcml that generated it");
  }
  return truth;
}

}  // namespace

Status check_truth(const std::string& dir, Warehouse& warehouse, Report& report) {
  RCML_TRY(const Json truth, read_truth(dir));
  try {
    RCML_OK(check_days(truth, warehouse, report));
    RCML_OK(check_dimension(truth.at("by_device"), "truth.devices", "device", "(unknown)", warehouse, report));
    RCML_OK(check_dimension(truth.at("by_campaign"), "truth.campaigns", "utm_campaign", "(direct)", warehouse, report));
    RCML_OK(check_pages(truth, warehouse, report));
    RCML_OK(check_hours(truth, warehouse, report));
    return check_faults(truth, warehouse, report);
  } catch (const Json::exception& fault) {
    return bad_config(dir + "/truth.json lacks a part: " + fault.what(), "Use the rcml that generated it");
  }
}

}  // namespace rcml::audit

#include "dashboard/panels.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/clock.h"
#include "dashboard/duckdb_database.h"

namespace rcml::dashboard {
namespace {

// Six sessions of 2025-08-24 and one of the day before; a bot and an open session among them.
constexpr std::string_view kMarts[] = {
    "create schema marts",
    R"(create table marts.fct_sessions as select * from (values
      ('k1','c1',1::bigint,'v1',timestamp '2025-08-24 10:00:00',timestamp '2025-08-24 10:10:00',date '2025-08-24',10,4,600.0,false,false,false,true,'mobile','sale','Paris',1,1,1,19.90::decimal(12,2),5,5),
      ('k2','c2',1,'v2',timestamp '2025-08-24 10:30:00',timestamp '2025-08-24 10:30:00',date '2025-08-24',10,1,0.0,false,false,true,true,'mobile',null,'Lyon',0,0,0,null,1,1),
      ('k3','c3',1,'v3',timestamp '2025-08-24 23:55:00',timestamp '2025-08-25 00:05:00',date '2025-08-24',23,3,600.0,false,false,false,false,'desktop','sale',null,1,0,0,null,4,3),
      ('k4','c4',1,'v3',timestamp '2025-08-24 12:00:00',timestamp '2025-08-24 12:01:00',date '2025-08-24',12,2,60.0,false,false,false,false,null,'<script>',null,0,0,0,null,2,2),
      ('k5','c5',1,'v5',timestamp '2025-08-24 12:00:00',timestamp '2025-08-24 12:09:00',date '2025-08-24',12,900,540.0,true,false,false,true,'mobile','sale',null,0,0,0,null,1,1),
      ('k6','c6',1,'v6',timestamp '2025-08-24 23:59:00',timestamp '2025-08-24 23:59:30',date '2025-08-24',23,2,30.0,false,true,false,true,'mobile','sale',null,1,1,1,5.10,5,5),
      ('k0','c0',1,'v0',timestamp '2025-08-23 09:00:00',timestamp '2025-08-23 09:02:00',date '2025-08-23',9,2,120.0,false,false,false,true,'mobile','sale','Paris',0,0,0,null,2,2))
      t(session_key, client_key, session_no, visitor_id, session_start, session_end, session_date, session_hour, event_count, duration_s, is_bot, is_open, is_bounce,
        is_new_visitor, device, utm_campaign, geo_city, checkout_count, purchase_count, order_count, revenue, funnel_step_reached, funnel_step_ordered))",
    R"(create table marts.int_events as select client_key, session_no, 'e' || session_key as event_id, session_end as event_ts, 'page_view' as event_type, '/100%_off' as page,
      geo_city, revenue from marts.fct_sessions)",
};

MartShape shape_of(const DuckdbDatabase& database) {
  std::vector<MartShape::Column> columns;
  const auto read = database.run({"select table_schema, table_name, column_name from information_schema.columns", {}});
  for (const auto& row : read->rows)
    columns.push_back({std::get<std::string>(row[0]), std::get<std::string>(row[1]), std::get<std::string>(row[2])});
  return MartShape(columns);
}

class PanelsTest : public testing::Test {
 protected:
  void SetUp() override {
    database_ = *DuckdbDatabase::open(":memory:", {});
    for (const auto sql : kMarts) {
      const auto made = database_->run({std::string(sql), {}});
      ASSERT_TRUE(made.ok()) << made.error().text();
    }
  }

  Table run(std::string_view panel, Params params = {}) {
    params.emplace("from", "2025-08-24");
    params.emplace("to", "2025-08-24");
    const auto filter = parse_filter(params, DataBounds(), Dt(0));
    EXPECT_TRUE(filter.ok());
    auto table = database_->run(find_panel(panel)->query(*filter, shape_of(*database_)));
    EXPECT_TRUE(table.ok()) << panel << ": " << (table.ok() ? "" : table.error().text());
    return table.ok() ? *table : Table{};
  }

  static Value cell(const Table& table, std::string_view column, size_t row = 0) {
    const auto it = std::find(table.columns.begin(), table.columns.end(), column);
    EXPECT_NE(it, table.columns.end()) << column;
    return table.rows.at(row).at(static_cast<size_t>(it - table.columns.begin()));
  }

  std::unique_ptr<DuckdbDatabase> database_;
};

TEST_F(PanelsTest, BigNumbersLeaveBotsOutAndRatiosLeaveOpenSessionsOut) {
  const Table kpis = run("kpis");
  EXPECT_EQ(cell(kpis, "period"), Value(std::string("current")));
  EXPECT_EQ(cell(kpis, "sessions"), Value(int64_t{5}));
  EXPECT_EQ(cell(kpis, "closed_sessions"), Value(int64_t{4}));
  EXPECT_EQ(cell(kpis, "conversion_rate"), Value(0.25)) << "1 of 4, not an integer division";
  EXPECT_EQ(cell(kpis, "checkouts"), Value(int64_t{3}));
  EXPECT_EQ(cell(kpis, "revenue"), Value(25.0)) << "exact, from decimals";
  EXPECT_EQ(cell(kpis, "average_order_value"), Value(12.5));
  EXPECT_EQ(cell(run("unique_visitors"), "visitors"), Value(int64_t{4}));
  EXPECT_EQ(cell(kpis, "average_session_minutes"), Value(1290.0 / 5 / 60));
  EXPECT_EQ(cell(kpis, "sessions", 1), Value(int64_t{1})) << "the day before";
}

TEST_F(PanelsTest, ARatioOverNothingIsNull) {
  const Table kpis = run("kpis", {{"device", "tv"}});
  ASSERT_EQ(kpis.rows.size(), 2U);
  EXPECT_EQ(cell(kpis, "conversion_rate"), Value());
  EXPECT_EQ(cell(kpis, "average_order_value"), Value());
}

TEST_F(PanelsTest, BotsCanBeInOutOrAlone) {
  EXPECT_EQ(cell(run("kpis", {{"bots", "include"}}), "sessions"), Value(int64_t{6}));
  EXPECT_EQ(cell(run("kpis", {{"bots", "only"}}), "sessions"), Value(int64_t{1}));
  EXPECT_EQ(cell(run("bot_share"), "bot_share"), Value(1.0 / 6));
}

TEST_F(PanelsTest, FiltersTakeNullAsAValue) {
  EXPECT_EQ(cell(run("kpis", {{"device", ""}}), "sessions"), Value(int64_t{1}));
  EXPECT_EQ(cell(run("kpis", {{"campaign", ""}, {"campaign", "sale"}}), "sessions"), Value(int64_t{4}));
  EXPECT_EQ(cell(run("kpis", {{"campaign", "<script>"}}), "sessions"), Value(int64_t{1}));
  EXPECT_EQ(cell(run("kpis", {{"campaign", "' or 1=1 --"}}), "sessions"), Value());
}

TEST_F(PanelsTest, EveryDayAndEveryHourHasARow) {
  const Table days = run("timeseries");
  ASSERT_EQ(days.rows.size(), 2U);
  EXPECT_EQ(cell(days, "period", 0), Value(std::string("previous")));
  EXPECT_EQ(cell(days, "at", 1), Value(std::string("2025-08-24")));
  EXPECT_EQ(cell(days, "sessions", 1), Value(int64_t{5}));
  const Table hours = run("timeseries", {{"grain", "hour"}, {"compare", "none"}});
  ASSERT_EQ(hours.rows.size(), 24U);
  EXPECT_EQ(cell(hours, "at", 10), Value(std::string("2025-08-24T10:00")));
  EXPECT_EQ(cell(hours, "sessions", 10), Value(int64_t{2}));
  EXPECT_EQ(cell(hours, "sessions", 11), Value(int64_t{0}));
  EXPECT_EQ(cell(hours, "conversion_rate", 11), Value());
}

TEST_F(PanelsTest, DaysOutsideTheDataAreNotKnownRatherThanEmpty) {
  const DataBounds data = DateRange{*parse_dt("2025-08-23"), *parse_dt("2025-08-24")};
  const auto filter = parse_filter({{"from", "2025-08-22"}, {"to", "2025-08-25"}}, data, Dt(0));
  const auto days = database_->run(find_panel("timeseries")->query(*filter, shape_of(*database_)));
  ASSERT_TRUE(days.ok()) << days.error().text();
  ASSERT_EQ(days->rows.size(), 4U);
  EXPECT_EQ(cell(*days, "sessions", 0), Value());
  EXPECT_EQ(cell(*days, "sessions", 1), Value(int64_t{1}));
  EXPECT_EQ(cell(*days, "sessions", 3), Value());
  const auto week = database_->run(find_panel("last_week")->query(*filter, shape_of(*database_)));
  EXPECT_EQ(cell(*week, "sessions_previous_7d"), Value());
}

TEST_F(PanelsTest, TheLastWeekIsTheSevenDaysThatEndWithTheRange) {
  EXPECT_EQ(cell(run("last_week"), "sessions_last_7d"), Value(int64_t{6}));
}

TEST_F(PanelsTest, BreakdownsNameNullAndCompare) {
  const Table devices = run("devices");
  EXPECT_EQ(cell(devices, "device", 0), Value(std::string("mobile")));
  EXPECT_EQ(cell(devices, "share", 0), Value(0.6));
  EXPECT_EQ(cell(devices, "previous_sessions", 0), Value(int64_t{1}));
  EXPECT_EQ(devices.rows.size(), 3U);
  EXPECT_EQ(run("campaigns").rows.size(), 3U);
}

TEST_F(PanelsTest, FunnelCountsClosedSessionsInBothReadings) {
  const Table funnel = run("funnel");
  EXPECT_EQ(cell(funnel, "session"), Value(int64_t{4}));
  EXPECT_EQ(cell(funnel, "checkout"), Value(int64_t{2}));
  EXPECT_EQ(cell(funnel, "ordered_checkout"), Value(int64_t{1}));
  EXPECT_EQ(cell(funnel, "purchase"), Value(int64_t{1}));
}

TEST_F(PanelsTest, LatestEventsAreNewestFirstAndSearchIsPlainText) {
  const Table events = run("events");
  ASSERT_EQ(events.rows.size(), 5U);
  EXPECT_EQ(cell(events, "event_at"), Value(std::string("2025-08-25T00:05:00.000Z")));
  EXPECT_EQ(run("events", {{"q", "%"}}).rows.size(), 5U) << "a percent sign is a percent sign";
  EXPECT_EQ(run("events", {{"q", "100X_off"}}).rows.size(), 0U);
  EXPECT_EQ(run("events", {{"q", "PARIS"}}).rows.size(), 1U);
  EXPECT_EQ(run("events", {{"q", "' or true --"}}).rows.size(), 0U);
}

// An older or half-built copy: every panel answers, with nothing in it.
TEST_F(PanelsTest, AMissingMartOrColumnCostsAPanelNotThePage) {
  const auto nothing = *DuckdbDatabase::open(":memory:", {});
  const auto filter = parse_filter({}, DataBounds(), *parse_dt("2025-08-24"));
  for (const Panel& panel : panels()) {
    const auto table = nothing->run(panel.query(*filter, MartShape({})));
    EXPECT_TRUE(table.ok()) << panel.name << ": " << (table.ok() ? "" : table.error().text());
  }
  ASSERT_TRUE(database_->run({"alter table marts.fct_sessions drop column is_open", {}}).ok());
  EXPECT_EQ(cell(run("kpis"), "closed_sessions"), Value(int64_t{5}));
}

TEST_F(PanelsTest, NoViewersValueIsPartOfAnSqlText) {
  const std::string evil = "'; drop table marts.fct_sessions; --";
  for (const Panel& panel : panels()) {
    const auto filter =
        parse_filter({{"device", evil}, {"campaign", evil}, {"q", evil}}, DataBounds(), *parse_dt("2025-08-24"));
    const Query query = panel.query(*filter, shape_of(*database_));
    EXPECT_EQ(query.sql.find("drop table"), std::string::npos) << panel.name;
    EXPECT_EQ(std::count(query.sql.begin(), query.sql.end(), '?'), static_cast<int64_t>(query.binds.size()))
        << panel.name;
    EXPECT_TRUE(database_->run(query).ok()) << panel.name;
  }
}

}  // namespace
}  // namespace rcml::dashboard

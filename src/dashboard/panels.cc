#include "dashboard/panels.h"

#include <array>

#include "core/clock.h"

namespace rcml::dashboard {
namespace {

constexpr int kTopRowsMax = 50;
constexpr int kEventRowsMax = 100;
// Search looks at the events of the newest sessions only: a bound on its cost however long the shop has been open.
constexpr int kSearchedSessionsMax = 5'000;

// " and (device in (?, ?) or device is null)"
void add_choices(QueryBuilder& sql, std::string_view column, const std::vector<std::string>& values) {
  if (values.empty()) return;
  std::string marks;
  bool takes_null = false;
  for (const auto& value : values) {
    if (value.empty()) {
      takes_null = true;
    } else {
      marks += marks.empty() ? "?" : ", ?";
      sql.bind(value);
    }
  }
  const std::string name(column);
  sql.add(" and (");
  if (!marks.empty()) sql.add(name + " in (" + marks + ')');
  if (takes_null) sql.add((marks.empty() ? "" : " or ") + name + " is null");
  sql.add(")");
}

void add_bots(QueryBuilder& sql, Bots bots) {
  if (bots == Bots::exclude) sql.add(" and not coalesce(is_bot, false)");
  if (bots == Bots::only) sql.add(" and coalesce(is_bot, false)");
}

void add_dates(QueryBuilder& sql, std::string_view column, Dt from, Dt to) {
  sql.add(" where " + std::string(column) + " between cast(? as date) and cast(? as date)")
      .bind(to_text(from))
      .bind(to_text(to));
}

Dt first_date(const Filter& filter) { return filter.previous ? filter.previous->from : filter.range.from; }

// Days of which the marts know whether there were sessions.
DateRange known_days(const Filter& filter) {
  return filter.data ? *filter.data : DateRange{first_date(filter), filter.range.to};
}

// "scoped": rows of a relation inside the filter, each with its period.
void add_scoped(QueryBuilder& sql, const Filter& filter, const std::string& relation, std::string_view date_column) {
  sql.add("with scoped as (select *, case when " + std::string(date_column) +
          " >= cast(? as date) then 'current' else 'previous' end as period from (" + relation + ") r")
      .bind(to_text(filter.range.from));
  add_dates(sql, date_column, first_date(filter), filter.range.to);
  add_choices(sql, "device", filter.devices);
  add_choices(sql, "utm_campaign", filter.campaigns);
  add_bots(sql, filter.bots);
  sql.add(") ");
}

// Aggregates every session panel shares, so that no two panels can define a number differently.
constexpr std::string_view kSessionNumbers =
    "count(*) as sessions, "
    "count(*) filter (where not coalesce(is_open, false)) as closed_sessions, "
    "count(*) filter (where not coalesce(is_open, false) and purchase_count > 0) as converted_sessions, "
    "count(*) filter (where not coalesce(is_open, false) and purchase_count > 0) * 1.0::double / "
    "nullif(count(*) filter (where not coalesce(is_open, false)), 0) as conversion_rate, "
    "cast(coalesce(sum(checkout_count), 0) as bigint) as checkouts, "
    "cast(coalesce(sum(order_count), 0) as bigint) as orders, "
    "cast(sum(revenue) as double) as revenue, "
    "cast(sum(revenue) as double) / nullif(cast(sum(order_count) as double), 0) as average_order_value";

Query kpis(const Filter& filter, const MartShape& shape) {
  QueryBuilder sql;
  add_scoped(sql, filter, shape.sessions(), "session_date");
  sql.add("select p.period, ")
      .add("s.* exclude (period) from (values ('current'), ('previous')) p(period) left join (select period, ")
      .add(kSessionNumbers)
      .add(
          ", avg(duration_s) / 60.0 as average_session_minutes"
          ", cast(sum(event_count) as bigint) as events"
          ", count(*) filter (where is_bounce) * 1.0::double / nullif(count(is_bounce), 0) as bounce_rate"
          ", count(*) filter (where is_new_visitor) * 1.0::double / nullif(count(is_new_visitor), 0) as new_visitor_share"
          " from scoped group by period) s on s.period = p.period order by p.period");
  return sql.take();
}

// On its own: counting different visitors costs more than all other numbers together. Exact in both ways of counting.
Query unique_visitors(const Filter& filter, const MartShape& shape) {
  QueryBuilder sql;
  const std::string numbered = shape.numbered_visits();
  add_scoped(sql, filter, numbered.empty() ? shape.sessions() : numbered, "session_date");
  sql.add(
      "select p.period, coalesce(n.visitors, 0) as visitors from (values ('current'), ('previous')) p(period) left join (select period, ");
  sql.add(numbered.empty()
              ? "count(*) as visitors from (select period, visitor_id from scoped where visitor_id is not null "
                "group by period, visitor_id) v group by period"
              : "count_numbers(visitor_no) as visitors from scoped group by period");
  sql.add(") n on n.period = p.period order by p.period");
  return sql.take();
}

// Sessions (Last 7d): the seven days that end with the range, and the seven before (null where the data begins later).
Query last_week(const Filter& filter, const MartShape& shape) {
  Filter week = filter;
  week.range = {Dt(filter.range.to.value - 6), filter.range.to};
  week.previous = covered(days_before(week.range), filter.data);
  QueryBuilder sql;
  add_scoped(sql, week, shape.sessions(), "session_date");
  sql.add("select count(*) filter (where period = 'current') as sessions_last_7d, ")
      .add(week.previous ? "count(*) filter (where period = 'previous')" : "cast(null as bigint)")
      .add(" as sessions_previous_7d from scoped");
  return sql.take();
}

Query bot_share(const Filter& filter, const MartShape& shape) {
  Filter all = filter;
  all.bots = Bots::include;
  all.previous.reset();
  QueryBuilder sql;
  add_scoped(sql, all, shape.sessions(), "session_date");
  sql.add(
      "select count(*) filter (where is_bot) as bot_sessions, count(*) as all_sessions, "
      "count(*) filter (where is_bot) * 1.0::double / nullif(count(is_bot), 0) as bot_share, "
      "count(*) filter (where is_open) as open_sessions from scoped");
  return sql.take();
}

Query timeseries_by_day(const Filter& filter, const MartShape& shape) {
  QueryBuilder sql;
  add_scoped(sql, filter, shape.sessions(), "session_date");
  sql.add(
         ", days as (select cast(unnest(generate_series(cast(? as date), cast(? as date), interval 1 day)) as date) as day) "
         "select case when d.day >= cast(? as date) then 'current' else 'previous' end as period, "
         "cast(d.day as varchar) as at, case when d.day between cast(? as date) and cast(? as date) then coalesce(n.sessions, 0) end as sessions, "
         "n.* exclude (session_date, sessions) "
         "from days d left join (select session_date, ")
      .bind(to_text(first_date(filter)))
      .bind(to_text(filter.range.to))
      .bind(to_text(filter.range.from))
      .bind(to_text(known_days(filter).from))
      .bind(to_text(known_days(filter).to))
      .add(kSessionNumbers)
      .add(" from scoped group by session_date) n on n.session_date = d.day order by d.day");
  return sql.take();
}

Query timeseries_by_hour(const Filter& filter, const MartShape& shape) {
  QueryBuilder sql;
  add_scoped(sql, filter, shape.sessions(), "session_date");
  sql.add(
         ", every_hour as (select cast(d.day as date) as day, h.hour from (select unnest(generate_series(cast(? as date), cast(? as date), "
         "interval 1 day)) as day) d cross join (select unnest(range(24)) as hour) h) "
         "select case when e.day >= cast(? as date) then 'current' else 'previous' end as period, "
         "strftime(e.day, '%Y-%m-%d') || 'T' || printf('%02d', e.hour) || ':00' as at, "
         "case when e.day between cast(? as date) and cast(? as date) then coalesce(n.sessions, 0) end as sessions, "
         "n.* exclude (session_date, session_hour, sessions) from every_hour e left join (select session_date, session_hour, ")
      .bind(to_text(first_date(filter)))
      .bind(to_text(filter.range.to))
      .bind(to_text(filter.range.from))
      .bind(to_text(known_days(filter).from))
      .bind(to_text(known_days(filter).to))
      .add(kSessionNumbers)
      .add(
          " from scoped group by session_date, session_hour) n on n.session_date = e.day and n.session_hour = e.hour "
          "order by e.day, e.hour");
  return sql.take();
}

Query timeseries(const Filter& filter, const MartShape& shape) {
  return filter.grain == Grain::hour ? timeseries_by_hour(filter, shape) : timeseries_by_day(filter, shape);
}

// One row per value of `column`, its numbers now and before, the share among all of now.
Query breakdown(const Filter& filter, const MartShape& shape, const std::string& column) {
  QueryBuilder sql;
  add_scoped(sql, filter, shape.sessions(), "session_date");
  sql.add(", now_rows as (select " + column + " as value, ")
      .add(kSessionNumbers)
      .add(
          " from scoped where period = 'current' group by " + column + "), before_rows as (select " + column +
          " as value, count(*) as previous_sessions from scoped where period = 'previous' group by " + column +
          ") select n.value as " + column +
          ", n.* exclude (value), n.sessions * 1.0::double / sum(n.sessions) over () as share, b.previous_sessions from now_rows n "
          "left join before_rows b on n.value is not distinct from b.value order by n.sessions desc, n.value limit " +
          std::to_string(kTopRowsMax));
  return sql.take();
}

Query devices(const Filter& filter, const MartShape& shape) { return breakdown(filter, shape, "device"); }
Query campaigns(const Filter& filter, const MartShape& shape) { return breakdown(filter, shape, "utm_campaign"); }
Query cities(const Filter& filter, const MartShape& shape) { return breakdown(filter, shape, "geo_city"); }

Query visitors(const Filter& filter, const MartShape& shape) {
  QueryBuilder sql;
  add_scoped(sql, filter, shape.sessions(), "session_date");
  sql.add("select case when is_new_visitor then 'new' when not is_new_visitor then 'returning' end as visitor_kind, ")
      .add(kSessionNumbers)
      .add(
          ", count(*) * 1.0::double / sum(count(*)) over () as share from scoped where period = 'current' group by 1 order by sessions desc");
  return sql.take();
}

Query pages(const Filter& filter, const MartShape& shape) {
  QueryBuilder sql;
  add_scoped(sql, filter, shape.pages(), "page_date");
  sql.add(
      "select page, cast(coalesce(sum(view_count) filter (where period = 'current'), 0) as bigint) as views, "
      "cast(sum(view_count) filter (where period = 'previous') as bigint) as previous_views, "
      "coalesce(sum(view_count) filter (where period = 'current'), 0) * 1.0::double / nullif(sum(sum(view_count) filter (where period = 'current')) over (), 0) as share "
      "from scoped group by page having sum(view_count) filter (where period = 'current') > 0 order by views desc, page limit " +
      std::to_string(kTopRowsMax));
  return sql.take();
}

Query heatmap(const Filter& filter, const MartShape& shape) {
  Filter current = filter;
  current.previous.reset();
  QueryBuilder sql;
  add_scoped(sql, current, shape.heatmap(), "event_date");
  sql.add(
      "select weekday, hour, cast(sum(event_count) as bigint) as events, count(distinct event_date) as dates from scoped "
      "where weekday is not null and hour is not null group by weekday, hour order by weekday, hour");
  return sql.take();
}

Query funnel(const Filter& filter, const MartShape& shape) {
  QueryBuilder sql;
  add_scoped(sql, filter, shape.sessions(), "session_date");
  sql.add(
      "select period, count(*) as session, count(*) filter (where step_reached >= 2) as product_view, "
      "count(*) filter (where step_reached >= 3) as add_to_cart, count(*) filter (where step_reached >= 4) as checkout, "
      "count(*) filter (where step_reached >= 5) as purchase, count(*) filter (where step_ordered >= 2) as ordered_product_view, "
      "count(*) filter (where step_ordered >= 3) as ordered_add_to_cart, count(*) filter (where step_ordered >= 4) as ordered_checkout, "
      "count(*) filter (where step_ordered >= 5) as ordered_purchase from scoped where not coalesce(is_open, false) group by period order by period");
  return sql.take();
}

void add_search(QueryBuilder& sql, const std::string& search) {
  sql.add(" where (");
  constexpr std::array<std::string_view, 7> kSearched{"event_id",     "event_type", "page",      "device",
                                                      "utm_campaign", "geo_city",   "visitor_id"};
  for (const auto column : kSearched) {
    sql.add((column == kSearched.front() ? "position(lower(?) in lower(" : " or position(lower(?) in lower(") +
            std::string(column) + ")) > 0")
        .bind(search);
  }
  sql.add(")");
}

// The newest events are found through their sessions: each of the hundred sessions that ended last has an event at its
// end, so the hundred newest events are among theirs. That spares looking at every event of the shop's history.
Query events(const Filter& filter, const MartShape& shape) {
  Filter current = filter;
  current.previous.reset();
  QueryBuilder sql;
  const bool is_searched = !filter.search.empty();
  add_scoped(sql, current, shape.sessions(), "session_date");
  sql.add(
      ", newest_sessions as (select client_key, session_no, visitor_id, device, utm_campaign, started_at, is_bot from scoped "
      "order by ended_at desc limit " +
      std::to_string(is_searched ? kSearchedSessionsMax : kEventRowsMax) +
      "), found as ("
      "select e.event_at, e.event_id, e.event_type, e.page, s.device, s.utm_campaign, e.geo_city, s.visitor_id, e.revenue, s.is_bot from (" +
      shape.events() +
      ") e join newest_sessions s on s.client_key = e.client_key and s.session_no = e.session_no "
      "where e.event_at >= (select min(started_at) from newest_sessions)) "
      "select strftime(event_at, '%Y-%m-%dT%H:%M:%S.%gZ') as event_at, event_id, event_type, page, device, utm_campaign, geo_city, visitor_id, "
      "revenue, is_bot from found");
  if (is_searched) add_search(sql, filter.search);
  sql.add(" order by event_at desc, event_id limit " + std::to_string(kEventRowsMax));
  return sql.take();
}

constexpr Panel kPanels[] = {
    {"kpis", "Key numbers", kpis},
    {"unique_visitors", "Visitors", unique_visitors},
    {"last_week", "Sessions (Last 7d)", last_week},
    {"bot_share", "Bot share", bot_share},
    {"timeseries", "Sessions per day", timeseries},
    {"visitors", "New and returning visitors", visitors},
    {"devices", "Device share", devices},
    {"pages", "Top pages", pages},
    {"campaigns", "UTM campaigns (traffic & checkouts)", campaigns},
    {"cities", "Cities", cities},
    {"heatmap", "Events by hour \u00d7 weekday", heatmap},
    {"funnel", "Funnel", funnel},
    {"events", "Latest 100 events", events},
};

}  // namespace

std::span<const Panel> panels() { return kPanels; }

const Panel* find_panel(std::string_view name) {
  for (const Panel& panel : kPanels) {
    if (panel.name == name) return &panel;
  }
  return nullptr;
}

Query bounds_query(const MartShape& shape) {
  return {
      "select cast(min(session_date) as varchar) as first_date, cast(max(session_date) as varchar) as last_date from (" +
          shape.sessions() + ") s",
      {}};
}

Query newest_session_query(const MartShape& shape) {
  return {
      "select epoch_ms(max(ended_at)) as newest_session_at_ms, count(*) filter (where is_open) as open_sessions from (" +
          shape.sessions() + ") s",
      {}};
}

Query choices_query(const MartShape& shape) {
  const auto top = [&](const std::string& column) {
    return "(select '" + column + "' as dimension, " + column + " as value, count(*) as session_count from (" +
           shape.sessions() + ") s group by " + column + " order by session_count desc, value limit 50)";
  };
  return {"select * from (" + top("device") + " union all " + top("utm_campaign") +
              ") c order by dimension, session_count desc, value",
          {}};
}

}  // namespace rcml::dashboard

// "Overview": the page in the order a shop owner asks. Are we on, how much, who, what, from where, where do they
// drop out, when, and what just happened.
import { Card } from "/card.js";
import { column_and_line_chart, heatmap_chart, line_chart } from "/charts.js";
import { aloud, h, with_share } from "/dom.js";
import * as f from "/format.js";
import { change_state, filter_params, has_time_before, is_hourly, state } from "/state.js";
import { bar_table, change_mark, plain_table, untrusted } from "/tables.js";
import { csv_address, fetch_json } from "/api.js";

const by_period = (answer, period) => answer.rows.filter((row) => row.period === period);
const first = (rows) => rows[0] || {};
const toggled = (list, value) => (list.includes(value) ? list.filter((other) => other !== value) : [...list, value]);

let cards = [];
let tiles = null;
let time_cards = null;
let drawn_as = "";

const compares = (answer) => Boolean(answer.previous);
// What decides how the page is built, beside what the viewer chose.
const kind_of = (meta) => `${is_hourly(meta)} ${has_time_before(meta)}`;

export function draw_overview(place, meta) {
  drawn_as = kind_of(meta);
  tiles = new Tiles();
  time_cards = new TimeCards(is_hourly(meta));
  cards = [device_card(), visitors_card(), cities_card(), pages_card(), campaigns_card(), funnel_card(), heatmap_card(), events_card()];
  const [device, visitors, cities, pages, campaigns, funnel, heatmap, events] = cards.map((card) => card.element);
  place.replaceChildren(...[
    is_hourly(meta) && state.from ? drill_note() : null,
    section("Are we on?", on_strip(meta)),
    section_with(tiles.csv, "How much?", tiles.element, time_cards.sessions.element, time_cards.conversion.element, time_cards.revenue.element),
    section("Who?", device, visitors, cities),
    section("What, and from where?", pages, campaigns),
    section("Where do they drop out?", funnel),
    section("When?", heatmap),
    section("What just happened?", events),
  ].filter(Boolean));
  load_overview();
}

// More days of data may ask for another drawing: a shop on its first day is shown by its hours.
export function fits_overview(meta) {
  return drawn_as === kind_of(meta);
}

// Fetches everything again; what is on the screen stays until the new numbers are there.
export function load_overview() {
  const filter = filter_params();
  tiles.load(filter);
  time_cards.load(filter);
  for (const card of cards) card.load(filter);
}

export function load_events() {
  cards.at(-1).load(filter_params());
}

export function close_overview() {
  tiles?.close();
  time_cards?.close();
  for (const card of cards) card.close();
  cards = [];
  tiles = time_cards = null;
}

function section(title, ...content) {
  return section_with(null, title, ...content);
}

function section_with(tool, title, ...content) {
  return h("section", { class: "part", "aria-label": title }, h("div", { class: "part-head" }, h("h2", {}, title), tool), h("div", { class: "grid" }, content));
}

// Filled again by every poll of the page (show_on_strip), so that the ages are never older than a few seconds.
function on_strip(meta) {
  const strip = h("dl", { class: "strip", id: "on-strip" });
  fill_strip(strip, meta);
  return strip;
}

export function show_on_strip(meta) {
  const strip = document.getElementById("on-strip");
  if (strip) fill_strip(strip, meta);
}

function fill_strip(strip, meta) {
  const now = Date.now();
  const facts = [
    ["Newest visit in the numbers", typeof meta.newest_session_at_ms === "number" ? `${f.age(now - meta.newest_session_at_ms)} ago` : f.NOTHING, f.moment(meta.newest_session_at_ms)],
    ["Numbers published", `${f.age(now - meta.published_at_ms)} ago`, f.moment(meta.published_at_ms)],
    ["Visits going on then", f.count(meta.open_sessions), "open sessions, left out of ratios"],
    ["The data covers", `${f.count(Math.round((Date.parse(meta.bounds.to) - Date.parse(meta.bounds.from)) / 86_400_000) + 1)} days`, f.range(meta.bounds.from, meta.bounds.to)],
  ];
  const text = facts.flat().join();
  if (strip.dataset.text === text) return;
  strip.dataset.text = text;
  strip.replaceChildren(...facts.map(([name, value, note]) => h("div", {}, h("dt", {}, name), h("dd", {}, h("b", {}, value), h("span", { class: "note" }, note)))));
}

function drill_note() {
  return h("p", { class: "drill" }, h("button", { type: "button", class: "button", onclick: () => change_state({ from: "", to: "" }) }, "← All days"), ` ${f.range(state.from, state.to)}, hour by hour`);
}

// ---- Big numbers

// Orders that bring nothing at all are orders whose amount nobody sent: that is not known, not zero.
const has_amounts = (row) => !(row.orders > 0 && !row.revenue);
const amount = (row, field) => (has_amounts(row) ? row[field] : null);

const BIG = [
  { name: "Sessions (Last 7d)", value: (d) => f.count(d.week.sessions_last_7d), change: (d) => f.change(d.week.sessions_last_7d, d.week.sessions_previous_7d), note: (d) => `${f.count(d.now.sessions)} in the whole range`, always_compares: true },
  { name: "Conversion Rate", value: (d) => f.percent(d.now.conversion_rate, 2), change: (d) => f.change_in_points(d.now.conversion_rate, d.before.conversion_rate), note: (d) => `${f.count(d.now.converted_sessions)} of ${f.count(d.now.closed_sessions)} closed sessions bought` },
  { name: "Avg Session Minutes", value: (d) => f.minutes(d.now.average_session_minutes), change: (d) => f.change(d.now.average_session_minutes, d.before.average_session_minutes), note: () => "over all sessions, from first to last event" },
  { name: "Checkouts", value: (d) => f.count(d.now.checkouts), change: (d) => f.change(d.now.checkouts, d.before.checkouts), note: (d) => `${f.count(d.now.orders)} orders` },
];
const SMALL = [
  { name: "Revenue", value: (d) => f.money(amount(d.now, "revenue")), note: (d) => (has_amounts(d.now) ? "" : "the events carry no amounts"), change: (d) => f.change(amount(d.now, "revenue"), amount(d.before, "revenue")) },
  { name: "Average order value", value: (d) => f.money(amount(d.now, "average_order_value")), change: (d) => f.change(amount(d.now, "average_order_value"), amount(d.before, "average_order_value")) },
  { name: "Visitors", value: (d) => f.count(d.visitors.visitors), change: (d) => f.change(d.visitors.visitors, d.visitors_before.visitors) },
  { name: "Bounce rate", value: (d) => f.percent(d.now.bounce_rate), change: (d) => f.change_in_points(d.now.bounce_rate, d.before.bounce_rate), is_less_better: true },
  { name: "Bots among sessions", value: (d) => f.percent(d.bots.bot_share), change: () => null, has_no_change: true, note: (d) => `${f.count(d.bots.bot_sessions)} of ${f.count(d.bots.all_sessions)}` },
];

class Tiles {
  constructor() {
    this.csv = h("a", { class: "tool", download: "" }, "CSV", aloud(": key numbers"));
    this.element = h("div", { class: "tiles", "aria-busy": "true" });
    this.element.append(h("div", { class: "big-tiles" }, BIG.map((tile) => this.tile(tile, "big", null))), h("div", { class: "small-tiles" }, SMALL.map((tile) => this.tile(tile, "small", null))));
  }

  tile(tile, size, data) {
    const change = data && !tile.has_no_change && (compares(data.kpis) || tile.always_compares) ? tile.change(data) : null;
    return h("div", { class: `tile ${size} ${tile.is_less_better ? "less-is-better" : ""}`, "data-tile": tile.name },
      h("h3", {}, tile.name),
      data ? h("p", { class: "value" }, tile.value(data)) : h("p", { class: "value" }, h("span", { class: "skeleton-text", "aria-hidden": "true" }), aloud("Loading")),
      h("p", { class: "note" }, change ? change_mark(change) : null, data && tile.note ? h("span", {}, tile.note(data)) : null));
  }

  async load(filter) {
    this.abort?.abort();
    const abort = (this.abort = new AbortController());
    this.csv.href = csv_address("kpis", filter);
    try {
      const [kpis, week, bots, visitors] = await Promise.all(["kpis", "last_week", "bot_share", "unique_visitors"].map((name) => fetch_json(name, filter, abort.signal)));
      const data = { kpis, now: first(by_period(kpis, "current")), before: first(by_period(kpis, "previous")), week: first(week.rows), bots: first(bots.rows), visitors: first(by_period(visitors, "current")), visitors_before: first(by_period(visitors, "previous")) };
      this.element.replaceChildren(h("div", { class: "big-tiles" }, BIG.map((tile) => this.tile(tile, "big", data))), h("div", { class: "small-tiles" }, SMALL.map((tile) => this.tile(tile, "small", data))));
    } catch (error) {
      if (abort.signal.aborted) return;
      this.element.replaceChildren(h("div", { class: "problem", role: "alert" }, h("p", {}, error.message), h("p", { class: "note" }, error.cure || ""), h("button", { type: "button", class: "button", onclick: () => this.load(filter) }, "Try again")));
    }
    this.element.setAttribute("aria-busy", "false");
  }

  close() {
    this.abort?.abort();
  }
}

// ---- Over time: three cards that read the same panel

class TimeCards {
  constructor(hourly) {
    const params = () => ({ grain: hourly ? "hour" : "day" });
    const drill = hourly ? null : (at) => change_state({ from: at, to: at });
    const open = (row) => (hourly ? f.long_bucket(row.at) : h("button", { type: "button", class: "link", onclick: () => drill(row.at) }, f.long_day(row.at), aloud(": show its hours")));
    const per = hourly ? "hour" : "day";
    const note = hourly ? "" : "Choose a day to see its hours";
    const when = { title: hourly ? "Hour" : "Day", value: open };
    const line = (field, options) => (body, answer) => {
      const pick = (period) => by_period(answer, period).map((row) => ({ at: row.at, value: row[field] }));
      const points = pick("current");
      return line_chart(body, { ...options, points, previous: pick("previous"), on_click: drill, spoken: spoken_line(options.name, points, options.write, per) });
    };
    this.sessions = new Card({
      panel: "timeseries", title: `Sessions per ${per}`, note, size: "half", params, is_empty: all_zero,
      draw: line("sessions", { name: "Sessions", write: f.count, axis_write: f.short_count, whole: true }),
      table: (answer) => plain_table(`Sessions per ${per}`, [when, number("Sessions", (row) => f.count(row.sessions))], by_period(answer, "current")),
    });
    this.conversion = new Card({
      panel: "timeseries", title: "Conversion rate (%)", note: "Sessions with a purchase among closed sessions", size: "half", params, is_empty: all_zero,
      draw: line("conversion_rate", { name: "Conversion rate", write: (value) => f.percent(value, 2), axis_write: (value) => f.percent(value) }),
      table: (answer) => plain_table("Conversion rate (%)", [when, number("Bought", (row) => f.count(row.converted_sessions)), number("Closed sessions", (row) => f.count(row.closed_sessions)), number("Rate", (row) => f.percent(row.conversion_rate, 2))], by_period(answer, "current")),
    });
    this.revenue = new Card({
      panel: "timeseries", title: "Revenue and average order value", size: "full", params, note: "In the shop's currency, by the day the session began",
      is_empty: (answer) => by_period(answer, "current").every((row) => !row.revenue),
      empty: ["No revenue in this range", "Nobody bought, or the events carry no amounts."],
      draw: (body, answer) => {
        const points = by_period(answer, "current");
        const total = points.reduce((sum, row) => sum + (row.revenue || 0), 0);
        return column_and_line_chart(body, {
          points, on_click: drill, spoken: `Revenue per ${per}, ${f.money(total)} in all. The table has every value.`,
          column: { name: "Revenue", field: "revenue", write: f.money, axis_write: f.short_count },
          line: { name: "Average order value", field: "average_order_value", write: f.money, axis_write: f.short_count },
        });
      },
      table: (answer) => plain_table("Revenue and average order value", [when, number("Orders", (row) => f.count(row.orders)), number("Revenue", (row) => f.money(row.revenue)), number("Average order value", (row) => f.money(row.average_order_value))], by_period(answer, "current")),
    });
  }

  load(filter) {
    for (const card of [this.sessions, this.conversion, this.revenue]) card.load(filter);
  }

  close() {
    for (const card of [this.sessions, this.conversion, this.revenue]) card.close();
  }
}

function number(title, value, extra = {}) {
  return { title, value, is_number: true, ...extra };
}

function all_zero(answer) {
  return by_period(answer, "current").every((row) => !row.sessions);
}

function spoken_line(name, points, write, per) {
  const known = points.filter((point) => typeof point.value === "number");
  if (known.length === 0) return `${name} per ${per}: no values`;
  const top = known.reduce((best, point) => (point.value > best.value ? point : best));
  const last = known.at(-1);
  return `${name} per ${per}, ${points.length} ${per}s. Last: ${write(last.value)}. Highest: ${write(top.value)} at ${f.long_bucket(top.at)}. The table has every value.`;
}

// ---- Who

// Bars of sessions by one dimension; `filter_name` makes the rows filters.
function breakdown_card({ panel, title, label_title, field, none_label, size, columns, change, filter_name, note, rows_max = 8 }) {
  return new Card({
    panel, title, note, size,
    draw: (body, answer) => {
      const rows = answer.rows.slice(0, rows_max);
      const most = Math.max(1, ...rows.map((row) => row.sessions));
      body.append(bar_table({
        caption: title, label_title, rows, label: (row) => row[field], none_label, bar: (row) => row.sessions / most, columns: change && compares(answer) ? [...columns, change] : columns,
        select: filter_name && ((row) => change_state({ [filter_name]: toggled(state[filter_name], row[field] ?? "") })),
        is_selected: filter_name && ((row) => state[filter_name].includes(row[field] ?? "")),
      }));
      if (answer.rows.length > rows_max) body.append(h("p", { class: "note more" }, `and ${f.count(answer.rows.length - rows_max)} more in the CSV`));
    },
  });
}

const session_count = number("Sessions", (row) => f.count(row.sessions));
const share = number("Share", (row) => f.percent(row.share));
const conversion = number("Conversion", (row) => f.percent(row.conversion_rate, 2), { class: "wide-only" });
const session_change = number("Change", (row) => change_mark(f.change(row.sessions, row.previous_sessions)), { class: "wide-only" });

function device_card() {
  return breakdown_card({ panel: "devices", title: "Device share", label_title: "Device", field: "device", none_label: "not given", size: "third", columns: [share, session_count, conversion], filter_name: "device" });
}

function visitors_card() {
  return breakdown_card({ panel: "visitors", title: "New and returning visitors", label_title: "Visitor", field: "visitor_kind", none_label: "not known", size: "third", columns: [share, session_count, conversion] });
}

function cities_card() {
  return breakdown_card({ panel: "cities", title: "Cities", label_title: "City", field: "geo_city", none_label: "not given", size: "third", columns: [share, session_count, conversion], rows_max: 6 });
}

// ---- What, from where

function pages_card() {
  return new Card({
    panel: "pages", title: "Top pages", size: "half", note: "Views of pages and products",
    draw: (body, answer) => {
      const rows = answer.rows.slice(0, 10);
      const most = Math.max(1, ...rows.map((row) => row.views));
      body.append(bar_table({
        caption: "Top pages", label_title: "Page", rows, label: (row) => row.page, none_label: "not given", bar: (row) => row.views / most,
        columns: [number("Views", (row) => f.count(row.views)), number("Share", (row) => f.percent(row.share)),
          ...(compares(answer) ? [number("Change", (row) => change_mark(f.change(row.views, row.previous_views)), { class: "wide-only" })] : [])],
      }));
    },
  });
}

function campaigns_card() {
  return breakdown_card({
    panel: "campaigns", title: "UTM campaigns (traffic & checkouts)", label_title: "Campaign", field: "utm_campaign", none_label: "direct, no campaign", size: "half", note: "By the session's first campaign",
    columns: [session_count, number("Checkouts", (row) => f.count(row.checkouts)), conversion], change: session_change, filter_name: "campaign", rows_max: 10,
  });
}

// ---- Where do they drop out

const STEPS = ["session", "product_view", "add_to_cart", "checkout", "purchase"];

function funnel_card() {
  return new Card({
    panel: "funnel", title: "Funnel", size: "full", note: "Sessions that reached a step or a later one; closed sessions only",
    is_empty: (answer) => !first(by_period(answer, "current")).session,
    draw: (body, answer) => {
      const now = first(by_period(answer, "current"));
      const before = first(by_period(answer, "previous"));
      body.append(h("ol", { class: "funnel" }, STEPS.map((step, index) => funnel_step(step, index, now, before))));
    },
    table: (answer) => {
      const now = first(by_period(answer, "current"));
      return plain_table("Funnel", [
        { title: "Step", value: (step) => f.STEP_NAMES[step] }, number("Reached", (step) => f.count(now[step])), number("Of all sessions", (step) => f.percent(now[step] / now.session)),
        number("In this order", (step) => f.count(step === "session" ? now.session : now[`ordered_${step}`]))], STEPS);
    },
  });
}

function funnel_step(step, index, now, before) {
  const share_of_all = now[step] / now.session;
  const step_before = index === 0 ? null : now[STEPS[index - 1]];
  const lost = index === 0 ? null : step_before - now[step];
  const change = index === 0 || !before.session ? null : f.change_in_points(share_of_all, before[step] / before.session);
  return h("li", {},
    h("div", { class: "funnel-bar" }, with_share(h("span", { class: "fill" }), share_of_all)),
    h("h4", {}, f.STEP_NAMES[step]),
    h("p", { class: "value" }, f.count(now[step])),
    h("p", { class: "note" }, h("span", {}, `${f.percent(share_of_all)} of sessions`), change ? change_mark(change) : null),
    index === 0 ? h("p", { class: "note lost" }, "start") : h("p", { class: "note lost" }, `${f.count(lost)} left before (${f.percent(step_before ? lost / step_before : null)})`));
}

// ---- When, and what just happened

function heatmap_card() {
  return new Card({
    panel: "heatmap", title: "Events by hour × weekday", size: "full", tall: "tall", note: "Hours of the report's time zone, all days of the range added up",
    draw: (body, answer) => {
      const top = answer.rows.reduce((best, row) => (row.events > best.events ? row : best));
      const events = new Map(answer.rows.map((row) => [`${row.weekday}-${row.hour}`, row.events]));
      const cells = Array.from({ length: 7 * 24 }, (_, index) => ({ weekday: 1 + Math.floor(index / 24), hour: index % 24 })).map((cell) => ({ ...cell, events: events.get(`${cell.weekday}-${cell.hour}`) ?? 0 }));
      return heatmap_chart(body, { cells, spoken: `Events by hour and weekday. Busiest: ${f.WEEKDAYS[top.weekday - 1]} at ${top.hour}:00 with ${f.count(top.events)} events. The table has every value.` });
    },
    table: (answer) => {
      const cells = new Map(answer.rows.map((row) => [`${row.weekday}-${row.hour}`, row.events]));
      return plain_table("Events by hour × weekday", [{ title: "Hour", value: (hour) => `${String(hour).padStart(2, "0")}:00` }, ...f.WEEKDAYS.map((name, day) => number(name, (hour) => f.count(cells.get(`${day + 1}-${hour}`) ?? 0)))], Array.from({ length: 24 }, (_, hour) => hour));
    },
  });
}

function events_card() {
  let timer = 0;
  const search = h("input", {
    type: "search", class: "search", placeholder: "Search page, campaign, city, visitor…", "aria-label": "Search the latest events", value: state.q, maxlength: "100",
    oninput: (event) => {
      clearTimeout(timer);
      timer = setTimeout(() => change_state({ q: event.target.value }, true), 250);
    },
  });
  return new Card({
    panel: "events", title: "Latest 100 events", size: "full", note: "Newest first, UTC", extra: search, params: () => (state.q ? { q: state.q } : {}),
    draw: (body, answer) => body.append(events_table(answer.rows)),
  });
}

export function events_table(rows) {
  return plain_table("Latest events", [
    { title: "Time", class: "time", value: (row) => h("time", { datetime: row.event_at, title: row.event_at }, h("span", { class: "wide-only" }, `${f.day(row.event_at.slice(0, 10))} `), row.event_at.slice(11, 19)) },
    { title: "Event", value: (row) => h("span", { class: `badge ${["purchase", "checkout", "add_to_cart"].includes(row.event_type) ? row.event_type : ""}` }, untrusted(row.event_type)) },
    { title: "Page", class: "page-cell", value: (row) => untrusted(row.page) },
    { title: "Campaign", class: "wide-only", value: (row) => untrusted(row.utm_campaign) },
    { title: "Device", class: "wide-only", value: (row) => untrusted(row.device) },
    { title: "City", class: "wide-only", value: (row) => untrusted(row.geo_city) },
    { title: "Visitor", class: "wide-only id", value: (row) => untrusted(row.visitor_id) },
    number("Revenue", (row) => f.money(row.revenue), { class: "wide-only" }),
  ], rows);
}

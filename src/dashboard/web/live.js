// "Right now": the lake's newest events, read without the warehouse, a second after they are committed.
import { fetch_json } from "/api.js";
import { minute_chart } from "/charts.js";
import { csv_link } from "/csv.js";
import { aloud, h } from "/dom.js";
import * as f from "/format.js";
import { events_table } from "/overview.js";
import { bar_table } from "/tables.js";

const POLL_MS = 1000;

let timer = 0;
let abort = null;
let parts = null;
let chart = null;
let latest = null;

export function draw_live(place, meta) {
  if (!meta.has_lake) {
    place.replaceChildren(h("div", { class: "blank" }, h("h2", {}, "No lake to look at"),
      h("p", {}, "This view reads the newest files of the lake. Start the page with the lake beside the warehouse:"), h("pre", {}, "rcml dashboard --warehouse duckdb:FILE --lake DIR")));
    return;
  }
  parts = {
    tiles: h("div", { class: "big-tiles" }), fresh: h("p", { class: "fresh", role: "status" }), chart: h("div", { class: "body" }),
    pages: h("div", { class: "body" }), campaigns: h("div", { class: "body" }), events: h("div", { class: "body" }),
  };
  parts.fresh.textContent = "Looking into the lake…";
  place.replaceChildren(
    h("section", { class: "part", "aria-label": "Right now" }, h("h2", {}, "Right now"), parts.fresh,
      parts.grid = h("div", { class: "grid", hidden: true }, h("div", { class: "tiles" }, parts.tiles),
        card("Events per minute", "full", parts.chart, "minutes"), card("Top pages", "half", parts.pages, "pages"), card("Campaigns", "half", parts.campaigns, "campaigns"), card("Latest events", "full", parts.events, "events"))));
  poll();
}

// `rows`: where its numbers are in the answer.
function card(title, size, body, rows) {
  return h("section", { class: `card ${size}`, "aria-label": title, "data-live": title }, h("div", { class: "card-head" }, h("div", { class: "card-titles" }, h("h3", {}, title), h("p", { class: "note" }, "Last 30 minutes")), h("div", { class: "tools" }, csv_link(title, () => latest?.[rows] || []))), body);
}

export function close_live() {
  clearTimeout(timer);
  abort?.abort();
  chart?.();
  chart = parts = latest = null;
  delete document.documentElement.dataset.live;
}

async function poll() {
  abort = new AbortController();
  const { signal } = abort;
  try {
    const live = await fetch_json("live", null, signal);
    if (!signal.aborted) show(live);
  } catch (error) {
    if (signal.aborted) return;
    parts.fresh.replaceChildren(h("span", { class: "dot bad", "aria-hidden": "true" }), `${error.message}. ${error.cure || ""}${latest ? "" : ". This view begins by itself when it is there."}`);
  }
  // A hidden tab asks nothing; it catches up when it is looked at again.
  const wait = () => (document.hidden ? (timer = setTimeout(wait, POLL_MS)) : poll());
  if (!signal.aborted) timer = setTimeout(wait, POLL_MS);
}

function tile(name, value, note) {
  return h("div", { class: "tile big", "data-tile": name }, h("h3", {}, name), h("p", { class: "value" }, value), h("p", { class: "note" }, note));
}

function show(live) {
  latest = live;
  parts.grid.hidden = false;
  const window = live.window[0];
  const active = live.active[0];
  const has_events = window.events_30m > 0;
  const is_live = has_events && live.now_ms - window.newest_event_at_ms < 60_000;
  document.documentElement.dataset.live = is_live ? "good" : "quiet";
  parts.fresh.replaceChildren(...freshness(live, window));
  parts.tiles.replaceChildren(
    tile("Active visitors", f.count(active.active_visitors), "with an event in the last 5 minutes"),
    tile("Events per second", f.rate(window.events_per_second), "over the last 10 seconds"),
    tile("Checkouts", f.count(window.checkouts_30m), `${f.count(window.purchases_30m)} purchases in 30 minutes`),
    tile("Revenue", f.money(has_events ? window.revenue_30m ?? 0 : null), "in the last 30 minutes"));
  const spoken = `Events per minute over the last 30 minutes, ${f.count(window.events_30m)} in all`;
  if (chart) chart.update(live.minutes, spoken);
  else chart = minute_chart(parts.chart, live.minutes, spoken);
  parts.pages.replaceChildren(bars("Top pages", "Page", live.pages, "page", "not given", "Views", "views"));
  parts.campaigns.replaceChildren(bars("Campaigns", "Campaign", live.campaigns, "utm_campaign", "direct, no campaign", "Visitors", "visitors"));
  parts.events.replaceChildren(has_events ? events_table(live.events) : quiet(live.lake));
}

function bars(caption, label_title, rows, field, none_label, title, value) {
  if (rows.length === 0) return h("p", { class: "empty" }, "Nothing in the last 30 minutes");
  const most = Math.max(1, ...rows.map((row) => row[value]));
  return bar_table({ caption, label_title, rows, label: (row) => row[field], none_label, bar: (row) => row[value] / most, columns: [{ title, is_number: true, value: (row) => f.count(row[value]) }] });
}

function quiet(lake) {
  return h("p", { class: "empty" }, "No event in the last 30 minutes", h("span", {}, lake.committed_at_ms ? `The lake's newest file is from ${f.moment(lake.committed_at_ms)}. ` : "The lake is empty. ", "Try `make live`, or `rcml generate --live` and `rcml stream --flush-age-ms-max 1s`."));
}

function freshness(live, window) {
  if (!window.events_30m) return [h("span", { class: "dot", "aria-hidden": "true" }), "Quiet: no event in the last 30 minutes"];
  const behind = Math.max(0, live.now_ms - window.newest_event_at_ms);
  return [h("span", { class: `dot ${behind < 60_000 ? "good" : "late"}`, "aria-hidden": "true" }), aloud(behind < 60_000 ? "Live. " : "Behind. "),
    `Newest event ${f.age(behind)} ago, committed ${f.age(live.now_ms - live.lake.committed_at_ms)} ago, lake version ${f.count(live.lake.version)}`];
}

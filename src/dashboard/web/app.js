// Starts the page, switches between its views and notices when newer numbers are published.
import { fetch_json, set_answer_limit } from "/api.js";
import { draw_controls, open_menu_of } from "/controls.js";
import { h } from "/dom.js";
import * as f from "/format.js";
import { close_live, draw_live } from "/live.js";
import { close_overview, draw_overview, fits_overview, load_events, load_overview, show_on_strip } from "/overview.js";
import { close_pipeline, draw_pipeline } from "/pipeline.js";
import { address_of, change_state, on_state_change, state } from "/state.js";
import { start_theme } from "/theme.js";

const POLL_MS = 5000;
const VIEWS = { overview: ["Overview", draw_overview, close_overview], live: ["Right now", draw_live, close_live], pipeline: ["Pipeline", draw_pipeline, close_pipeline] };

const place = document.getElementById("view");
const controls = document.getElementById("controls");
const status = document.getElementById("status");

let meta = null;
let shown_view = "";
let status_text = "";

function draw_nav() {
  document.getElementById("views").replaceChildren(...Object.entries(VIEWS).map(([view, [title]]) => h("a", {
    href: address_of({ ...state, view }), "aria-current": state.view === view ? "page" : null,
    onclick: (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      change_state({ view });
    },
  }, view === "live" ? h("span", { class: "dot live-dot", "aria-hidden": "true" }) : null, title)));
}

// A fault of ours while drawing must not leave the page without a way out.
function draw_view() {
  try {
    draw_chosen_view();
  } catch (error) {
    console.error(error);
    draw_problem("This view cannot be shown", "Something went wrong while drawing this page. The browser's console has the details.");
  }
}

function draw_problem(title, text) {
  place.replaceChildren(h("div", { class: "blank", "data-blank": "problem", role: "alert" }, h("h2", {}, title), h("p", {}, text),
    h("a", { class: "button main-button", href: "/" }, "Show the last 30 days")));
}

function draw_chosen_view() {
  VIEWS[shown_view]?.[2]();
  shown_view = state.view;
  document.title = state.view === "overview" ? "Clickstream Overview" : `${VIEWS[state.view][0]} · Clickstream Overview`;
  draw_nav();
  draw_filter_bar();
  if (state.view === "overview" && !(meta.is_published && meta.bounds)) return draw_blank();
  if (state.view === "overview" && state.problem) return draw_problem("These days cannot be shown", state.problem);
  VIEWS[state.view][1](place, meta);
}

function draw_filter_bar() {
  const is_needed = state.view === "overview" && !state.problem && meta.is_published && meta.bounds;
  controls.hidden = !is_needed;
  if (is_needed) draw_controls(controls, meta, open_menu_of(controls));
}

function draw_blank() {
  const commands = "rcml stream --from spool:spool --lake lake --drain\nrcml load --lake lake --warehouse duckdb:clicks.duckdb\nrcml transform --warehouse duckdb:clicks.duckdb";
  place.replaceChildren(h("div", { class: "blank", "data-blank": meta.is_published ? "empty" : "unpublished" },
    h("h2", {}, meta.is_published ? "The marts are empty" : "Nothing published yet"),
    h("p", {}, meta.is_published ? "They were published, but no session is in them. Once events are loaded and transformed, the numbers appear here by themselves." : "The numbers appear here by themselves as soon as the first transform has run:"),
    h("pre", {}, commands)));
}

// `more` gives way on a phone.
function say(tone, text, more = "") {
  if (text + more === status_text) return;
  status_text = text + more;
  status.replaceChildren(h("span", { class: `dot ${tone}`, "aria-hidden": "true" }), h("span", { class: "status-text" }, text, more ? h("span", { class: "wide-only" }, more) : null));
}

function say_freshness() {
  if (!meta.is_published) return say("", "Nothing published yet");
  const age = Date.now() - meta.published_at_ms;
  say(age < 2 * 3600_000 ? "good" : "late", `Published ${f.age(age)} ago`, meta.bounds ? `, data until ${f.long_day(meta.bounds.to)}` : "");
}

function draw_foot() {
  document.getElementById("foot").replaceChildren(h("span", {}, `rcml ${meta.program_version}`), h("span", {}, "Ratios leave open sessions out. Days and hours are those of the report's time zone; times with seconds are UTC."));
}

async function refresh_meta() {
  let next;
  try {
    next = await fetch_json("meta");
  } catch (error) {
    say("bad", meta ? `${error.message}; trying again` : error.message);
    if (!meta) place.replaceChildren(h("div", { class: "blank" }, h("h2", {}, error.message), h("p", {}, error.cure || "")));
    return;
  }
  const before = meta;
  meta = next;
  set_answer_limit(meta.answer_ms_max);
  draw_foot();
  document.getElementById("sign-out").hidden = !meta.has_login;
  if (!before) draw_view();
  else if (before.version !== meta.version) show_newer(before);
  if (meta.is_published && meta.bounds && !state.problem) show_on_strip(meta);
  say_freshness();
}

function show_newer(before) {
  draw_filter_bar();
  if (state.view !== "overview" || state.problem) return;
  if (before.bounds && meta.bounds && fits_overview(meta)) load_overview();
  else draw_view();
}

on_state_change((changes) => {
  if (!meta) return;
  if (changes && Object.keys(changes).join() === "q") return load_events();
  if (state.view !== shown_view) place.focus({ preventScroll: true });
  draw_view();
});

start_theme(document.getElementById("theme"));
draw_nav();
(async function poll() {
  if (!document.hidden || !meta) await refresh_meta();
  setTimeout(poll, meta ? POLL_MS : 1500);
})();

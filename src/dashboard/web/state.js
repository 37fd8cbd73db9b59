// What the viewer has chosen lives in the address, so that a link shows the same page to somebody else.

const VIEWS = ["overview", "live", "pipeline"];
const RANGES = ["7d", "30d", "90d", "all"];
const DAY_MS = 86_400_000;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const RANGE_DAYS_MAX = 3660;  // As the server has it (filter.h).
const DEFAULTS = { view: "overview", range: "30d", from: "", to: "", device: [], campaign: [], bots: "exclude", compare: "previous", q: "", problem: "" };

const listeners = new Set();
export let state = read();

function read() {
  const params = new URLSearchParams(location.search);
  const one_of = (name, allowed) => (allowed.includes(params.get(name)) ? params.get(name) : DEFAULTS[name]);
  const next = { ...DEFAULTS };
  next.view = one_of("view", VIEWS);
  next.range = one_of("range", RANGES);
  next.bots = one_of("bots", ["exclude", "include", "only"]);
  next.compare = one_of("compare", ["previous", "none"]);
  next.device = params.getAll("device").slice(0, 20);
  next.campaign = params.getAll("campaign").slice(0, 20);
  next.q = (params.get("q") || "").slice(0, 100);
  const [from, to] = [params.get("from"), params.get("to")];
  if (DATE.test(from) && DATE.test(to)) {
    next.problem = problem_of(from, to);
    if (!next.problem) Object.assign(next, { from, to });
  }
  return next;
}

function is_date(text) {
  const time = Date.parse(text);
  return !Number.isNaN(time) && new Date(time).toISOString().slice(0, 10) === text;
}

// Why the address's dates cannot be shown; "" when they can.
function problem_of(from, to) {
  const wrong = [from, to].filter((text) => !is_date(text));
  if (wrong.length) return `The address asks for ${wrong.map((text) => `“${text}”`).join(" and ")}, which is not a valid date.`;
  if (from > to) return "The address asks for a last day before the first.";
  return day_count({ from, to }) > RANGE_DAYS_MAX ? `The address asks for more than ${RANGE_DAYS_MAX} days.` : "";
}

export function address_of(wanted) {
  const params = new URLSearchParams();
  if (wanted.view !== DEFAULTS.view) params.set("view", wanted.view);
  add_filter(params, wanted);
  if (wanted.q) params.set("q", wanted.q);
  const text = params.toString();
  return text ? `/?${text}` : "/";
}

function add_filter(params, wanted) {
  if (wanted.from) {
    params.set("from", wanted.from);
    params.set("to", wanted.to);
  } else if (wanted.range !== DEFAULTS.range) {
    params.set("range", wanted.range);
  }
  for (const value of wanted.device) params.append("device", value);
  for (const value of wanted.campaign) params.append("campaign", value);
  if (wanted.bots !== DEFAULTS.bots) params.set("bots", wanted.bots);
  if (wanted.compare !== DEFAULTS.compare) params.set("compare", wanted.compare);
}

// The filter as the API takes it.
export function filter_params() {
  const params = new URLSearchParams();
  add_filter(params, state);
  return params;
}

// The days the page shows, as the server reckons them (filter.h): relative ranges lie inside the data.
export function shown_range({ bounds }) {
  if (state.from) return { from: state.from, to: state.to };
  if (state.range === "all") return { ...bounds };
  const from = new Date(Date.parse(bounds.to) - (parseInt(state.range, 10) - 1) * DAY_MS).toISOString().slice(0, 10);
  return { from: from < bounds.from ? bounds.from : from, to: bounds.to };
}

export function day_count({ from, to }) {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;
}

// A day or two are shown by their hours.
export function is_hourly(meta) {
  return day_count(shown_range(meta)) <= 2;
}

// Whether the same number of days before was recorded, too.
export function has_time_before(meta) {
  const range = shown_range(meta);
  return Date.parse(range.from) - day_count(range) * DAY_MS >= Date.parse(meta.bounds.from);
}

// A step the Back button undoes; `replaces` for typing, which would fill the history with letters.
export function change_state(changes, replaces = false) {
  const next = { ...state, problem: "", ...changes };
  const address = address_of(next);
  if (address === address_of(state) && !state.problem) return;
  state = next;
  history[replaces ? "replaceState" : "pushState"](null, "", address);
  for (const listener of listeners) listener(changes);
}

export function on_state_change(listener) {
  listeners.add(listener);
}

addEventListener("popstate", () => {
  state = read();
  for (const listener of listeners) listener(null);
});

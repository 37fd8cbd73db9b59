// The filter bar of the overview: dates, device, campaign, bots, comparison.
import { aloud, h } from "/dom.js";
import { count, range as write_range } from "/format.js";
import { change_state, has_time_before, shown_range, state } from "/state.js";

const RANGES = [["7d", "7 days"], ["30d", "30 days"], ["90d", "90 days"], ["all", "All"]];
const BOTS = [["exclude", "Without bots"], ["include", "With bots"], ["only", "Only bots"]];

export function draw_controls(place, meta, open_menu_title) {
  place.replaceChildren(h("div", { class: "wide controls", role: "group", "aria-label": "Filters" },
    range_control(meta),
    choice_menu("Device", "device", meta.devices || [], "not given"),
    choice_menu("Campaign", "campaign", meta.campaigns || [], "direct"),
    bots_control(),
    compare_control(meta),
    has_filter() ? h("button", { type: "button", class: "button quiet-button", onclick: () => change_state({ device: [], campaign: [], bots: "exclude", range: "30d", from: "", to: "" }) }, "Reset") : null));
  const menu = open_menu_title && [...place.querySelectorAll("details")].find((details) => details.dataset.menu === open_menu_title);
  if (menu) menu.open = true;
}

export function open_menu_of(place) {
  return place.querySelector("details[open]")?.dataset.menu || "";
}

function has_filter() {
  return state.device.length || state.campaign.length || state.bots !== "exclude" || state.from || state.range !== "30d";
}

function range_control(meta) {
  const buttons = RANGES.map(([range, label]) => h("button", {
    type: "button", class: "segment", "aria-pressed": String(!state.from && state.range === range), onclick: () => change_state({ range, from: "", to: "" }),
  }, label));
  const shown = shown_range(meta);
  const from = h("input", { type: "date", value: shown.from, min: meta.bounds.from, max: meta.bounds.to, required: true, "aria-label": "From" });
  const to = h("input", { type: "date", value: shown.to, min: meta.bounds.from, max: meta.bounds.to, required: true, "aria-label": "To" });
  const problem = h("p", { class: "form-problem", role: "alert" });
  const apply = () => {
    if (!from.value || !to.value || from.value > to.value) {
      problem.textContent = "The first day must not be after the last.";
      return;
    }
    change_state({ from: from.value, to: to.value });
  };
  const custom = menu("range", state.from ? write_range(state.from, state.to) : "Custom", Boolean(state.from),
    h("div", { class: "form" }, h("label", {}, "From", from), h("label", {}, "To", to), problem, h("button", { type: "button", class: "button main-button", onclick: apply }, "Show these days")));
  return h("div", { class: "segments", role: "group", "aria-label": "Dates" }, buttons, custom);
}

function choice_menu(title, name, choices, none_label) {
  const chosen = state[name];
  const label = chosen.length === 0 ? `All ${title.toLowerCase()}s` : chosen.length === 1 ? chosen[0] || none_label : `${chosen.length} ${title.toLowerCase()}s`;
  const toggle = (value, is_on) => change_state({ [name]: is_on ? [...chosen, value] : chosen.filter((other) => other !== value) });
  return menu(name, label, chosen.length > 0,
    h("fieldset", {}, h("legend", { class: "aloud" }, title),
      choices.length === 0 ? h("p", { class: "note" }, "The data names none") : null,
      choices.map(({ value, sessions }) => h("label", { class: "choice" },
        h("input", { type: "checkbox", checked: chosen.includes(value ?? ""), onchange: (event) => toggle(value ?? "", event.target.checked) }),
        h("bdi", { class: value ? "" : "none" }, value || none_label), h("span", { class: "number" }, count(sessions))))), title);
}

function bots_control() {
  return h("label", { class: "select" }, aloud("Bots"),
    h("select", { "aria-label": "Bots", onchange: (event) => change_state({ bots: event.target.value }) },
      BOTS.map(([value, label]) => h("option", { value, selected: state.bots === value }, label))));
}

function compare_control(meta) {
  if (!has_time_before(meta)) return h("p", { class: "check" }, `No earlier data to compare with`);
  return h("label", { class: "check" },
    h("input", { type: "checkbox", checked: state.compare === "previous", onchange: (event) => change_state({ compare: event.target.checked ? "previous" : "none" }) }), "Compare with the time before");
}

function menu(name, label, is_active, content, title) {
  return h("details", { class: `menu ${is_active ? "active" : ""}`, "data-menu": name },
    h("summary", {}, title ? aloud(`${title}: `) : null, h("bdi", { class: "menu-label" }, label)), h("div", { class: "menu-sheet" }, content));
}

// One menu open at a time; Escape and a click elsewhere close it.
addEventListener("click", (event) => {
  for (const details of document.querySelectorAll("details.menu[open]")) {
    if (!details.contains(event.target) && event.target.isConnected) details.open = false;
  }
});
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const details of document.querySelectorAll("details.menu[open]")) {
    details.open = false;
    details.querySelector("summary").focus();
  }
});

// Rows as accessible tables: the bar lists, and the table behind every chart.
import { aloud, h, with_share } from "/dom.js";
import { NOTHING, text } from "/format.js";

// columns: [{title, value: row => text or node, is_number, class}]
export function plain_table(caption, columns, rows) {
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", { class: "plain" },
      h("caption", { class: "aloud" }, caption),
      h("thead", {}, h("tr", {}, columns.map((column) => h("th", { scope: "col", class: cell_class(column) }, column.title)))),
      h("tbody", {}, rows.map((row) => h("tr", {}, columns.map((column) => h("td", { class: cell_class(column) }, column.value(row))))))));
}

// A bar behind each label, numbers at the right. `label` is attacker-controlled text; `select` makes the row a filter.
// columns as above; bar: row => 0..1; label: row => text or null; none_label: what null is called.
export function bar_table({ caption, label_title, rows, label, none_label = NOTHING, bar, columns, select, is_selected }) {
  return h("table", { class: "bars" },
    h("caption", { class: "aloud" }, caption),
    h("thead", {}, h("tr", {},
      h("th", { scope: "col" }, label_title),
      columns.map((column) => h("th", { scope: "col", class: cell_class(column) }, column.title)))),
    h("tbody", {}, rows.map((row) => h("tr", {},
      h("th", { scope: "row" }, with_share(h("span", { class: "bar" }, bar_label(row, label(row), none_label, select, is_selected)), bar(row))),
      columns.map((column) => h("td", { class: cell_class(column) }, column.value(row)))))));
}

function bar_label(row, label, none_label, select, is_selected) {
  const is_none = label === null || label === "";
  const shown = h("span", { class: is_none ? "label none" : "label", title: is_none ? none_label : label }, h("bdi", {}, is_none ? none_label : label));
  if (!select) return shown;
  return h("button", { type: "button", class: "label-button", "aria-pressed": is_selected?.(row) ? "true" : "false", onclick: () => select(row) },
    shown, aloud(is_selected?.(row) ? ", remove filter" : ", filter by it"));
}

function cell_class(column) {
  return [column.is_number ? "number" : "", column.class || ""].join(" ").trim() || null;
}

export function change_mark(change) {
  if (!change) return h("span", { class: "change none" }, aloud("no comparison"), h("span", { "aria-hidden": "true" }, NOTHING));
  return h("span", { class: `change ${change.tone}`, title: change.spoken }, h("span", { "aria-hidden": "true" }, change.text), aloud(change.spoken));
}

export function untrusted(value) {
  return h("bdi", { class: "untrusted" }, text(value));
}

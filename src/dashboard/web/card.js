// A card holds one panel: its title, its chart, the same numbers as a table, the CSV, and its loading, empty and
// error states. A card that has numbers keeps showing them while newer ones are fetched.
import { csv_address, fetch_json } from "/api.js";
import { aloud, h, new_id } from "/dom.js";

export class Card {
  // panel: API name. draw(body, answer): shows it. table(answer): node, or absent when the drawing is a table already.
  // is_empty(answer), empty: [text, cure] shown then. params(): extra parameters of the request.
  constructor({ panel, title, note, size, tall, draw, table, is_empty, empty, params, extra }) {
    Object.assign(this, { panel, draw, table, is_empty, empty, params });
    this.is_table_shown = false;
    this.title = h("h3", { id: new_id("title") }, title);
    this.note = h("p", { class: "note" }, note || "");
    this.body = h("div", { class: `body ${tall || ""}` });
    this.csv = h("a", { class: "tool", download: "" }, "CSV", aloud(`: ${title}`));
    this.toggle = table ? h("button", { type: "button", class: "tool", "aria-pressed": "false", onclick: () => this.toggle_table() }, "Table", aloud(`: ${title}`)) : null;
    this.element = h("section", { class: `card ${size || ""}`, "aria-labelledby": this.title.id, "data-panel": panel },
      h("div", { class: "card-head" }, h("div", { class: "card-titles" }, this.title, this.note), h("div", { class: "tools" }, extra, this.toggle, this.csv)), this.body);
    this.show_skeleton();
  }

  set_title(title) {
    this.title.textContent = title;
  }

  show_skeleton() {
    this.element.setAttribute("aria-busy", "true");
    this.body.replaceChildren(h("div", { class: "skeleton", "aria-hidden": "true" }), aloud("Loading"));
  }

  async load(filter) {
    this.abort?.abort();
    const abort = (this.abort = new AbortController());
    const params = new URLSearchParams(filter);
    for (const [name, value] of Object.entries(this.params?.() || {})) params.set(name, value);
    this.csv.href = csv_address(this.panel, params);
    this.element.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch_json(this.panel, params, abort.signal);
      if (abort.signal.aborted) return;
      this.answer = answer;
      this.render();
    } catch (error) {
      if (abort.signal.aborted) return;
      this.show_error(error, filter);
    }
    this.element.setAttribute("aria-busy", "false");
  }

  render() {
    this.undraw?.();
    this.undraw = null;
    if (this.is_empty ? this.is_empty(this.answer) : this.answer.rows.length === 0) return this.show_empty();
    this.body.replaceChildren();
    if (this.is_table_shown) this.body.append(this.table(this.answer));
    else this.undraw = this.draw(this.body, this.answer) || null;
  }

  toggle_table() {
    this.is_table_shown = !this.is_table_shown;
    this.toggle.setAttribute("aria-pressed", String(this.is_table_shown));
    this.toggle.firstChild.textContent = this.is_table_shown ? "Chart" : "Table";
    if (this.answer) this.render();
  }

  show_empty() {
    const [text, cure] = this.empty || ["Nothing in this range", "Choose a longer range or remove a filter."];
    this.body.replaceChildren(h("p", { class: "empty" }, text, h("span", {}, cure)));
  }

  show_error(error, filter) {
    this.undraw?.();
    this.undraw = null;
    this.body.replaceChildren(h("div", { class: "problem", role: "alert" },
      h("p", {}, error.message), h("p", { class: "note" }, error.cure || ""),
      h("button", { type: "button", class: "button", onclick: () => this.load(filter) }, "Try again")));
  }

  close() {
    this.abort?.abort();
    this.undraw?.();
  }
}

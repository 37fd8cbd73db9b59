// CSV of rows that are on the page already; the overview's comes from the server, which writes the same form (json.h).
import { aloud, h } from "/dom.js";

// rows(): [{column: value}] at the moment of the click.
export function csv_link(title, rows) {
  return h("button", { type: "button", class: "tool", onclick: () => download(title, rows()) }, "CSV", aloud(`: ${title}`));
}

function download(title, rows) {
  const address = URL.createObjectURL(new Blob(["\uFEFF", csv_text(rows)], { type: "text/csv" }));
  const name = title.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  const link = h("a", { href: address, download: `rcml-${name}.csv` });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

function csv_text(rows) {
  if (rows.length === 0) return "";
  const columns = Object.keys(rows[0]);
  return [columns, ...rows.map((row) => columns.map((column) => row[column]))].map((cells) => `${cells.map(cell).join(",")}\r\n`).join("");
}

// Every text is quoted; what a spreadsheet could run as a formula, in whichever locale, begins with an apostrophe.
function cell(value) {
  if (typeof value !== "string") return value === null || value === undefined ? "" : String(value);
  return `"${value.replace(/(^|[\r\n;\t])(?=[=+\-@\t＝＋－＠])/g, "$1'").replaceAll('"', '""')}"`;
}

// "Pipeline": for the one on call. How fresh each step is, what was loaded, what was set aside and why.
import { fetch_json } from "/api.js";
import { h } from "/dom.js";
import * as f from "/format.js";
import { bar_table, plain_table, untrusted } from "/tables.js";

const POLL_MS = 5000;
const number = (title, value) => ({ title, value, is_number: true });

let timer = 0;
let abort = null;

export function draw_pipeline(place, meta) {
  place.replaceChildren(h("section", { class: "part", "aria-label": "Pipeline" }, h("h2", {}, "Pipeline"), h("div", { class: "grid" }, h("div", { class: "skeleton full" }))));
  poll(place.querySelector(".grid"), meta);
}

export function close_pipeline() {
  clearTimeout(timer);
  abort?.abort();
}

async function poll(grid, meta) {
  abort = new AbortController();
  const { signal } = abort;
  const [warehouse, lake] = await Promise.all([attempt("pipeline", signal), meta.has_lake ? attempt("lake", signal) : null]);
  if (signal.aborted) return;
  const open = new Set([...grid.querySelectorAll("details[open]")].map((details) => details.dataset.name));
  grid.replaceChildren(...draw(warehouse, lake));
  for (const details of grid.querySelectorAll("details")) details.open = open.has(details.dataset.name);
  timer = setTimeout(() => poll(grid, meta), POLL_MS);
}

async function attempt(name, signal) {
  try {
    return await fetch_json(name, null, signal);
  } catch (error) {
    return { error };
  }
}

function draw(warehouse, lake) {
  return [steps_card(warehouse, lake), rejects_card(lake), samples_card(lake), progress_card(lake), ledger_card(warehouse), audit_card(warehouse), versions_card(warehouse, lake)].filter(Boolean);
}

function card(title, size, note, ...content) {
  return h("section", { class: `card ${size}`, "aria-label": title, "data-card": title }, h("div", { class: "card-head" }, h("div", { class: "card-titles" }, h("h3", {}, title), note ? h("p", { class: "note" }, note) : null)), h("div", { class: "body" }, content));
}

function problem(error) {
  return h("div", { class: "problem", role: "alert" }, h("p", {}, error.message), h("p", { class: "note" }, error.cure || ""));
}

function empty(text, cure) {
  return h("p", { class: "empty" }, text, h("span", {}, cure));
}

function steps_card(warehouse, lake) {
  const at = new Map((warehouse.steps || []).map((step) => [step.step, step.newest_at_ms]));
  const now = Date.now();
  const steps = [
    ["Newest event in the lake", lake?.clicks?.committed_at_ms, lake?.error ? "not readable" : lake ? `${f.count(lake.clicks.rows)} events in ${f.count(lake.clicks.files)} files, version ${f.count(lake.clicks.version)}` : "started without --lake", "stream"],
    ["Loaded into the warehouse", at.get("loaded"), at.has("loaded") ? "newest line of the ledger" : "no ledger in the copy", "load"],
    ["Newest session in the marts", at.get("newest_session"), "session start", "dbt"],
    ["Published for this page", warehouse.published_at_ms, warehouse.version ? "atomic copy" : "nothing published yet", "publish"],
  ];
  return card("Freshness of each step", "full", "Age now, and when", warehouse.error ? problem(warehouse.error) : null,
    h("ol", { class: "steps" }, steps.map(([name, ms, note, step]) => h("li", { "data-step": step },
      h("h4", {}, name), h("p", { class: "value" }, typeof ms === "number" ? `${f.age(now - ms)} ago` : f.NOTHING), h("p", { class: "note" }, f.moment(ms)), h("p", { class: "note" }, note)))));
}

function rejects_card(lake) {
  if (!lake) return card("Rejects by reason", "half", "", empty("No lake to look at", "Start the page with --lake DIR."));
  if (lake.error) return card("Rejects by reason", "half", "", problem(lake.error));
  if (lake.reject_reasons.length === 0) return card("Rejects by reason", "half", "", empty("No rejects", "Every event so far was decoded."));
  const most = Math.max(...lake.reject_reasons.map((row) => row.rejects));
  return card("Rejects by reason", "half", `${f.count(lake.rejects.rows)} in all; counted here in the newest files`, bar_table({
    caption: "Rejects by reason", label_title: "Reason", rows: lake.reject_reasons, label: (row) => row.reason, bar: (row) => row.rejects / most,
    columns: [number("Rejects", (row) => f.count(row.rejects)), { title: "Newest", class: "wide-only", value: (row) => (row.newest_at || f.NOTHING).replace("T", " ").slice(0, 16) }],
  }));
}

function samples_card(lake) {
  if (!lake || lake.error || lake.reject_samples.length === 0) return null;
  return card("Samples of rejects", "full", "Up to three per reason, cut after 300 characters, shown as they came.",
    plain_table("Samples of rejects", [
      { title: "Reason", value: (row) => h("span", { class: "badge" }, untrusted(row.reason)) }, { title: "Detail", value: (row) => untrusted(row.detail) },
      { title: "Raw", class: "raw", value: (row) => h("code", { class: "untrusted" }, f.text(row.raw)) }, number("Bytes", (row) => f.count(row.raw_bytes)),
      { title: "Where", class: "wide-only", value: (row) => `partition ${row.source_partition}, offset ${row.source_offset}` },
    ], lake.reject_samples));
}

function progress_card(lake) {
  if (!lake || lake.error) return null;
  return card("Committed so far", "half", "From the lake's log, the only truth about progress",
    lake.marks.length === 0 ? empty("No source has committed", "`rcml stream` commits rows and offsets together.")
      : plain_table("Committed so far", [{ title: "Group / source / partition", value: (row) => untrusted(row.source) }, number("Next offset", (row) => f.count(row.next_offset))], lake.marks));
}

function ledger_card(warehouse) {
  const ledger = warehouse.ledger;
  if (!ledger || ledger.totals.length === 0) return card("Load ledger", "half", "", empty("Nothing loaded", "`rcml load` writes a line for each file, in the transaction of its rows."));
  return card("Load ledger", "half", "",
    plain_table("Loaded by table", [{ title: "Table", value: (row) => row.raw_table }, number("Files", (row) => f.count(row.files)), number("Rows", (row) => f.count(row.rows)), number("Up to version", (row) => f.count(row.table_version))], ledger.totals),
    h("details", { "data-name": "ledger" }, h("summary", {}, "The newest 20 files"), plain_table("Newest files", [
      { title: "File", class: "raw", value: (row) => h("code", {}, row.file_path) }, number("Rows", (row) => f.count(row.row_count)), number("Version", (row) => f.count(row.table_version))], ledger.newest)));
}

function parsed_audit(text) {
  try {
    const audit = JSON.parse(text);
    return audit && typeof audit === "object" ? audit : null;
  } catch {
    return null;
  }
}

function audit_card(warehouse) {
  if (!warehouse.audit) return card("Audit", "half", "", empty("No audit result", "`rcml audit` proves that every event was counted exactly once."));
  const audit = parsed_audit(warehouse.audit);
  if (!audit) return card("Audit", "half", "", empty("The audit's result cannot be read", "Run `rcml audit` again."));
  const is_ok = audit.ok === true || audit.is_ok === true;
  const checks = Array.isArray(audit.checks) ? audit.checks : [];
  return card("Audit", "half", audit.checked_at ? `Checked ${String(audit.checked_at).replace("T", " ").slice(0, 16)} UTC` : "",
    h("p", { class: `verdict ${is_ok ? "good" : "bad"}` }, is_ok ? "✓ Everything agrees" : "✗ Something does not add up"),
    checks.length ? plain_table("Checks of the audit", [{ title: "", value: (row) => (row.ok ?? row.is_ok ? "✓" : "✗") }, { title: "Check", value: (row) => untrusted(row.name ?? row.check) }, { title: "Found", value: (row) => untrusted(row.summary) }], checks)
      : h("details", { "data-name": "audit" }, h("summary", {}, "As text"), h("pre", {}, JSON.stringify(audit, null, 2))));
}

function versions_card(warehouse, lake) {
  const rows = [["rcml", warehouse.program_version], ["DuckDB", warehouse.duckdb_version], ["Published copy", warehouse.version], ["Lake: clicks", lake?.clicks && `version ${lake.clicks.version}, ${f.bytes(lake.clicks.bytes)}`], ["Lake: rejects", lake?.rejects && `version ${lake.rejects.version}, ${f.bytes(lake.rejects.bytes)}`]];
  const tables = warehouse.tables || [];
  return card("Versions and sizes", "half", "", h("dl", { class: "facts" }, rows.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, f.text(value))])),
    tables.length ? h("details", { "data-name": "tables" }, h("summary", {}, `${tables.length} tables in the copy`), plain_table("Tables", [{ title: "Table", value: (row) => `${row.schema}.${row.name}` }, number("Rows", (row) => f.count(row.row_count))], tables)) : null);
}

// "Pipeline": for the one on call. How fresh each step is, what was loaded, what was set aside and why.
import { fetch_json } from "/api.js";
import { csv_link } from "/csv.js";
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
  const restore = remember(grid);
  grid.replaceChildren(...draw(warehouse, lake));
  restore();
  timer = setTimeout(() => poll(grid, meta), POLL_MS);
}

// Drawn anew every few seconds: what is open stays open, what is scrolled stays scrolled, and the keyboard keeps its place.
function remember(grid) {
  const open = new Set([...grid.querySelectorAll("details[open]")].map((details) => details.dataset.name));
  const tops = new Map([...grid.querySelectorAll(".scroll")].map((region) => [region.getAttribute("aria-label"), region.scrollTop]));
  const places = () => [...grid.querySelectorAll("summary, button, .scroll")];
  const name = (element) => `${element.closest("[data-card]")?.dataset.card} ${element.tagName} ${element.getAttribute("aria-label") || element.textContent}`;
  const focused = grid.contains(document.activeElement) ? name(document.activeElement) : null;
  return () => {
    for (const details of grid.querySelectorAll("details")) details.open ||= open.has(details.dataset.name);
    for (const region of grid.querySelectorAll(".scroll")) region.scrollTop = tops.get(region.getAttribute("aria-label")) || 0;
    if (focused) places().find((element) => name(element) === focused)?.focus({ preventScroll: true });
  };
}

async function attempt(name, signal) {
  try {
    return await fetch_json(name, null, signal);
  } catch (error) {
    return { error };
  }
}

function draw(warehouse, lake) {
  const rejects = rejects_of(warehouse, lake);
  return [steps_card(warehouse, lake), audit_card(warehouse), quality_card(warehouse.quality), rejects_card(rejects), samples_card(rejects), commits_card(lake), progress_card(lake), ledger_card(warehouse), versions_card(warehouse, lake)].filter(Boolean);
}

// `rows`: what its CSV holds.
function card(title, size, note, content, rows = []) {
  return h("section", { class: `card ${size}`, "aria-label": title, "data-card": title },
    h("div", { class: "card-head" }, h("div", { class: "card-titles" }, h("h3", {}, title), note ? h("p", { class: "note" }, note) : null),
      rows.length ? h("div", { class: "tools" }, csv_link(title, () => rows)) : null),
    h("div", { class: "body short" }, content));
}

function problem(error) {
  return h("div", { class: "problem", role: "alert" }, h("p", {}, error.message), h("p", { class: "note" }, error.cure || ""));
}

function empty(text, cure) {
  return h("p", { class: "empty" }, text, h("span", {}, cure));
}

// ---- How fresh, how far behind

function steps_card(warehouse, lake) {
  const at = new Map((warehouse.steps || []).map((step) => [step.step, step.newest_at_ms]));
  const now = Date.now();
  const steps = [
    ["Newest commit in the lake", lake?.clicks?.committed_at_ms, lake_note(lake), "stream"],
    ["Loaded into the warehouse", at.get("loaded"), waiting_note(warehouse, lake), "load"],
    ["Newest session in the marts", at.get("newest_session"), at.has("newest_session") ? "when it began" : "no mart yet", "dbt"],
    ["Published for this page", warehouse.published_at_ms, warehouse.version ? "atomic copy" : "nothing published yet", "publish"],
  ];
  return card("Freshness of each step", "full", "Age now, when it was, and what waits for the step", [warehouse.error ? problem(warehouse.error) : null,
    h("ol", { class: "steps" }, steps.map(([name, ms, note, step]) => h("li", { "data-step": step },
      h("h4", {}, name), h("p", { class: "value" }, typeof ms === "number" ? `${f.age(now - ms)} ago` : f.NOTHING), h("p", { class: "note" }, f.moment(ms)), h("p", { class: "note" }, note))))]);
}

function lake_note(lake) {
  if (!lake) return "started without --lake";
  if (lake.error) return "not readable";
  return `${f.count(lake.clicks.rows)} events in ${f.count(lake.clicks.files)} files, version ${f.count(lake.clicks.version)}`;
}

// The lag of the load: rows of the lake that the ledger of the published copy does not have.
function waiting_note(warehouse, lake) {
  if (!warehouse.ledger) return "no ledger in the copy";
  const loaded = warehouse.ledger.totals.find((row) => row.raw_table === "clicks")?.rows ?? 0;
  if (!lake?.clicks) return `${f.count(loaded)} events`;
  const waiting = lake.clicks.rows - loaded;
  if (waiting < 0) return `${f.count(loaded)} events; the lake has fewer: is it the right one?`;
  return waiting === 0 ? `all ${f.count(loaded)} events of the lake` : `${f.count(waiting)} events of the lake wait`;
}

// ---- How far the numbers can be trusted

function quality_card(quality) {
  if (!quality || !quality.totals[0]?.days) return card("Data quality", "full", "", empty("Nothing counted yet", "`rcml transform` builds fct_data_quality."));
  const all = quality.totals[0];
  const share = (count, of) => (of ? f.percent(count / of) : f.NOTHING);
  const facts = [
    ["Rows as they came", all.raw_event_count, "events and all below"], ["Events", all.event_count, share(all.event_count, all.raw_event_count)],
    ["Sent twice", all.duplicate_count, "same id, same content; counted once"], ["In conflict", all.conflict_count, "same id, other content; the first counts"], ["Unusable", all.unusable_count, "without id or time"],
  ];
  const more = [
    ["More than 1 h late", all.late_count, share(all.late_count, all.event_count)], ["Out of order", all.out_of_order_count, share(all.out_of_order_count, all.event_count)],
    ["Too late, left out", all.late_dropped_count, share(all.late_dropped_count, all.event_count)], ["Bot sessions", all.bot_session_count, share(all.bot_session_count, all.session_count)],
    ["Visits cut otherwise", all.cut_session_id_count, "than the client's own session ids"],
  ];
  const list = (rows) => h("dl", { class: "sum" }, rows.map(([name, value, note]) => h("div", {}, h("dt", {}, name), h("dd", {}, f.count(value), h("span", { class: "note" }, note)))));
  return card("Data quality", "full", `All ${f.count(all.days)} days of the events, by UTC`, [list(facts), list(more),
    h("details", { "data-name": "quality" }, h("summary", {}, "Day by day, the newest 30"), plain_table("Data quality by day", [
      { title: "Day (UTC)", class: "time", value: (row) => f.long_day(row.dt) }, number("Rows", (row) => f.count(row.raw_event_count)), number("Events", (row) => f.count(row.event_count)),
      number("Sent twice", (row) => f.count(row.duplicate_count)), number("In conflict", (row) => f.count(row.conflict_count)), number("Unusable", (row) => f.count(row.unusable_count)),
      number("Late", (row) => f.count(row.late_count)), number("Out of order", (row) => f.count(row.out_of_order_count)), number("Left out", (row) => f.count(row.late_dropped_count)),
      number("Bot sessions", (row) => f.count(row.bot_session_count))], quality.days))], quality.days);
}

// ---- What was set aside: from the lake, or as of the last transform

function rejects_of(warehouse, lake) {
  if (lake?.error) return { error: lake.error };
  if (lake) return { reasons: lake.reject_reasons, samples: lake.reject_samples, note: `${f.count(lake.rejects.rows)} in all; counted here in the newest files` };
  if (warehouse.reject_reasons) return { reasons: warehouse.reject_reasons, samples: warehouse.reject_samples, note: "As of the last transform" };
  return null;
}

function rejects_card(rejects) {
  if (!rejects) return card("Rejects by reason", "half", "", empty("Not known", "Start the page with --lake DIR."));
  if (rejects.error) return card("Rejects by reason", "half", "", problem(rejects.error));
  if (rejects.reasons.length === 0) return card("Rejects by reason", "half", "", empty("No rejects", "Every event so far was decoded."));
  const most = Math.max(...rejects.reasons.map((row) => row.rejects));
  return card("Rejects by reason", "half", rejects.note, bar_table({
    caption: "Rejects by reason", label_title: "Reason", rows: rejects.reasons, label: (row) => row.reason, bar: (row) => row.rejects / most,
    columns: [number("Rejects", (row) => f.count(row.rejects)), { title: "Newest (UTC)", class: "wide-only stamp", value: (row) => (row.newest_at || f.NOTHING).replace("T", " ").slice(0, 16) }],
  }), rejects.reasons);
}

function samples_card(rejects) {
  if (!rejects?.samples?.length) return null;
  return card("Samples of rejects", "half", "Up to three per reason, cut after 300 characters, shown as they came",
    plain_table("Samples of rejects", [
      { title: "Reason", class: "why", value: (row) => [h("span", { class: "badge" }, untrusted(row.reason)), h("p", { class: "note" }, untrusted(row.detail))] },
      { title: "Raw", class: "raw", value: (row) => [h("code", { class: "untrusted" }, f.text(row.raw)), h("p", { class: "note" }, `${f.count(row.raw_bytes)} bytes, partition ${row.source_partition}, offset ${row.source_offset}`)] },
    ], rejects.samples), rejects.samples);
}

// ---- What was committed and loaded

function commits_card(lake) {
  if (!lake || lake.error) return null;
  const rows = lake.clicks.commits;
  return card("Commits", "half", "Versions of the lake that brought events, newest first", rows.length === 0 ? empty("No commit yet", "`rcml stream` makes the first.")
    : plain_table("Commits", [{ title: "Version", value: (row) => f.count(row.version) }, { title: "When", class: "time", value: (row) => f.moment(row.committed_at_ms) }, number("Files", (row) => f.count(row.files)), number("Events", (row) => f.count(row.rows))], rows), rows);
}

function progress_card(lake) {
  if (!lake || lake.error) return null;
  return card("Committed so far", "half", "From the lake's log, the only truth about progress",
    lake.marks.length === 0 ? empty("No source has committed", "`rcml stream` commits rows and offsets together.")
      : plain_table("Committed so far", [{ title: "Group / source / partition", value: (row) => untrusted(row.source) }, number("Next offset", (row) => f.count(row.next_offset))], lake.marks), lake.marks);
}

function ledger_card(warehouse) {
  const ledger = warehouse.ledger;
  if (!ledger || ledger.totals.length === 0) return card("Load ledger", "half", "", empty("Nothing loaded", "`rcml load` writes a line for each file, in the transaction of its rows."));
  return card("Load ledger", "half", "One line per file, written in the transaction of its rows", [
    plain_table("Loaded by table", [{ title: "Table", value: (row) => row.raw_table }, number("Files", (row) => f.count(row.files)), number("Rows", (row) => f.count(row.rows)), number("Up to version", (row) => f.count(row.table_version))], ledger.totals),
    h("details", { "data-name": "ledger" }, h("summary", {}, "The newest 20 files"), plain_table("Newest files", [
      { title: "File", class: "raw", value: (row) => h("code", {}, row.file_path) }, number("Rows", (row) => f.count(row.row_count)), number("Version", (row) => f.count(row.table_version))], ledger.newest))], ledger.newest);
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
  if (!warehouse.audit) return card("Audit", "full", "", empty("No audit result", "`rcml audit` proves that every event was counted exactly once."));
  const audit = parsed_audit(warehouse.audit);
  if (!audit) return card("Audit", "full", "", empty("The audit's result cannot be read", "Run `rcml audit` again."));
  const is_ok = audit.ok === true || audit.is_ok === true;
  const checks = Array.isArray(audit.checks) ? audit.checks : [];
  return card("Audit", "full", audit.checked_at ? `Checked ${String(audit.checked_at).replace("T", " ").slice(0, 16)} UTC` : "", [
    h("p", { class: `verdict ${is_ok ? "good" : "bad"}` }, is_ok ? `✓ Everything agrees${checks.length ? `: ${f.count(checks.length)} checks` : ""}` : "✗ Something does not add up"),
    checks.length ? h("details", { "data-name": "audit", open: !is_ok }, h("summary", {}, "Each check"), plain_table("Checks of the audit", [{ title: "Result", value: (row) => (row.ok ?? row.is_ok ? "✓ agrees" : "✗ differs") }, { title: "Check", value: (row) => untrusted(row.name ?? row.check) }, { title: "Found", value: (row) => untrusted(row.summary) }], checks))
      : h("details", { "data-name": "audit" }, h("summary", {}, "As text"), h("pre", {}, JSON.stringify(audit, null, 2)))]);
}

function versions_card(warehouse, lake) {
  const rows = [["rcml", warehouse.program_version], ["DuckDB", warehouse.duckdb_version], ["Published copy", warehouse.version], ["Lake: clicks", lake?.clicks && `version ${lake.clicks.version}, ${f.bytes(lake.clicks.bytes)}`], ["Lake: rejects", lake?.rejects && `version ${lake.rejects.version}, ${f.bytes(lake.rejects.bytes)}`]];
  const tables = warehouse.tables || [];
  return card("Versions and sizes", "half", "", [h("dl", { class: "facts" }, rows.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, f.text(value))])),
    tables.length ? h("details", { "data-name": "tables" }, h("summary", {}, `${tables.length} tables in the copy`), plain_table("Tables", [{ title: "Table", value: (row) => `${row.schema}.${row.name}` }, number("Rows", (row) => f.count(row.row_count))], tables)) : null], tables);
}

// What the page's tests stand on: the program over sample marts, the same marts by SQL, a browser that refuses to hide
// anything.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";

const deps = process.env.RCML_DEPS_DIR;
const python = path.join(deps, "python-tools/bin/python");
const { chromium } = createRequire(import.meta.url)(path.join(deps, "playwright-core-1.65"));

export const folder = mkdtempSync(path.join(tmpdir(), "rcml-web-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

export function publish(name, ...options) {
  execFileSync(python, ["tests/web/sample_marts.py", published(name), ...options]);
}

export const published = (name) => path.join(folder, `${name}.published.duckdb`);

// Rows of an SQL on the published copy, read by a program that is not ours.
export function sql(name, text) {
  const script = "import duckdb,json,sys; c=duckdb.connect(sys.argv[1],read_only=True); r=c.execute(sys.argv[2]); n=[d[0] for d in r.description]; print(json.dumps([dict(zip(n,x)) for x in r.fetchall()],default=str))";
  return JSON.parse(execFileSync(python, ["-c", script, published(name), text], { encoding: "utf8" }));
}

// The program, to its end.
export function run(...words) {
  execFileSync(process.env.RCML, [...words, "--log-level", "error"], { stdio: "pipe" });
}

export function serve(name, ...flags) {
  return serving(spawn(process.env.RCML, ["dashboard", "--warehouse", `duckdb:${path.join(folder, name)}.duckdb`, "--log-level", "error", "--listen", "127.0.0.1:0", ...flags]));
}

// What `make live` starts, in a folder of its own.
export function serve_live(name) {
  return serving(spawn("tools/live.sh", ["--log-level", "error", "--listen", "127.0.0.1:0"], { env: { ...process.env, LIVE_DIR: path.join(folder, name), EVERY: "5s" } }));
}

// A test that fails does not stop what it started: that ends with this process at the latest.
const started = new Set();
process.on("exit", () => started.forEach((program) => program.kill("SIGTERM")));

async function serving(program) {
  const said = [];
  started.add(program);
  program.on("exit", () => started.delete(program));
  program.stderr.on("data", (data) => said.push(String(data)));
  const address = await new Promise((resolve, reject) => {
    program.stdout.on("data", (data) => {
      const found = String(data).match(/http:\/\/[^/]+\//);
      if (found) resolve(found[0]);
    });
    program.on("exit", (code) => reject(new Error(`${program.spawnargs[0]} ended with ${code}: ${said.join("")}`)));
  });
  const ended = new Promise((resolve) => program.on("exit", resolve));
  return { address, stop: async () => { program.kill("SIGTERM"); return ended; } };
}

let browser = null;

// A page that remembers every request, every complaint of the console and every script that ran out of an event's text.
export async function open(address, { width = 1440, height = 900, ...options } = {}) {
  browser ??= await chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
  });
  const context = await browser.newContext({ viewport: { width, height }, acceptDownloads: true, ...options });
  const page = await context.newPage();
  page.complaints = [];
  page.asked = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && page.complaints.push(message.text()));
  page.on("pageerror", (error) => page.complaints.push(error.message));
  page.on("dialog", (dialog) => { page.complaints.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", (request) => page.asked.push(request.url()));
  await page.goto(address);
  return page;
}

// Everything on the overview has its numbers.
export async function settled(page) {
  await page.waitForFunction(() => document.querySelectorAll("[data-panel], .tiles").length > 10 && !document.querySelector('[aria-busy="true"]'));
  await page.waitForFunction(() => [...document.querySelectorAll(".chart")].every((chart) => chart.querySelector("canvas")));
}

export async function close_pages() {
  for (const context of browser?.contexts() ?? []) await context.close();
}

export const close_browser = () => browser?.close();

// Opens the dashboard in headless Chromium as a person would, and writes down what it saw.
//
//   node browser.mjs ADDRESS PASSWORD FOLDER LOOKS
//
// LOOKS is JSON: [{"name": text, "zone": the browser's time zone, "scheme": light or dark, "query": what follows ? in the address}, ...].
// In FOLDER/NAME: dashboard.png (all of it), seen.json: per chart its title, its text, error boxes and its pictures' sums; every
// chart-data request with its answer; the console's complaints; every answer of another host; whether a script out of an event ran.
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const [address, password, root, looks] = process.argv.slice(2);
const { chromium } = createRequire(import.meta.url)(path.join(process.env.RCML_DEPS, "playwright-core-1.65"));
const kPatience = { timeout: 180_000 };
// Superset draws a chart when it comes into view: the window is as high as the whole dashboard.
const kWindow = { width: 1600, height: 4400 };

// Superset now and then forgets a login at once ("LocalProxy is not mapped" in its log) and shows the form again.
async function log_in(page, attempts_max = 4) {
  for (let attempt = 1; ; ++attempt) {
    await page.goto(`${address}login/`, kPatience);
    await page.fill('input[name="username"], #username', "admin", kPatience);
    await page.fill('input[name="password"], #password', password);
    await page.keyboard.press("Enter");
    const is_in = await page.waitForURL((url) => url.pathname.includes("/welcome"), { timeout: 30_000 }).then(() => true, () => false);
    if (is_in) return;
    if (attempt === attempts_max) throw new Error(`no login after ${attempt} attempts; the page shows: ${await page.innerText("body")}`);
  }
}

function listen(page, seen) {
  page.on("console", (message) => message.type() === "error" && seen.complaints.push(message.text()));
  page.on("pageerror", (error) => seen.complaints.push(error.message));
  page.on("dialog", (dialog) => { seen.complaints.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  const is_elsewhere = (url) => !/^(data|blob):/.test(url) && !url.startsWith(address);
  page.on("response", (response) => is_elsewhere(response.url()) && seen.answered_elsewhere.push(response.url()));
  page.on("response", async (response) => {
    if (!response.url().includes("/api/v1/chart/data") || response.request().method() !== "POST") return;
    const form = new URL(response.url()).searchParams.get("form_data");
    const answer = await response.json().catch((error) => ({ message: `no JSON: ${error}` }));
    seen.queries.push({ slice_id: form ? JSON.parse(form).slice_id ?? null : null, status: response.status(), request: response.request().postDataJSON(), answer });
  });
}

const settled = (page) => page.waitForFunction(() => {
  const charts = [...document.querySelectorAll('[data-test="chart-container"], [data-test-chart-id]')];
  return charts.length > 0 && !document.querySelector('[data-test="loading-indicator"], .loading') && charts.every((chart) => chart.innerText.trim() || chart.querySelector("canvas, svg"));
}, null, kPatience);

async function look(page, seen, folder) {
  for (const holder of await page.locator('[data-test="dashboard-component-chart-holder"]').all()) {
    const found = await holder.evaluate((element) => ({
      title: element.querySelector('[data-test="editable-title"], [data-test="slice-header"] a, .header-title')?.innerText.trim() ?? "",
      slice_id: Number(element.querySelector("[data-test-chart-id]")?.getAttribute("data-test-chart-id") ?? 0),
      text: element.innerText,
      pictures: [...element.querySelectorAll("canvas")].map((canvas) => canvas.toDataURL()),
      errors: [...element.querySelectorAll('.ant-alert-error, [role="alert"], [data-test="error-alert"], [data-test*="error"]')].map((box) => box.innerText),
    }));
    seen.charts.push({ ...found, pictures: found.pictures.map((picture) => createHash("sha256").update(picture).digest("hex")) });
  }
  const bottom = await page.locator('[data-test="dashboard-component-chart-holder"]').last().evaluate((element) => element.getBoundingClientRect().bottom + 20);
  seen.filters = await page.locator('[data-test="filter-bar"], [data-test="filters-panel"]').first().innerText().catch(() => "");
  seen.scripts_run = await page.evaluate(() => "__xss" in window);
  await page.screenshot({ path: path.join(folder, "dashboard.png"), clip: { x: 0, y: 0, width: kWindow.width, height: bottom } });
}

async function visit(browser, { name, zone: timezoneId, scheme: colorScheme, query }, storageState) {
  const folder = path.join(root, name);
  mkdirSync(folder, { recursive: true });
  const context = await browser.newContext({ viewport: kWindow, timezoneId, locale: "en-US", colorScheme, reducedMotion: "reduce", storageState });
  const page = await context.newPage();
  const seen = { charts: [], queries: [], complaints: [], answered_elsewhere: [] };
  listen(page, seen);
  if (!storageState) await log_in(page);
  await page.goto(`${address}superset/dashboard/clickstream-overview/?${query}`, kPatience);
  await page.waitForSelector('[data-test="dashboard-component-chart-holder"]', kPatience);
  await settled(page);
  await page.waitForLoadState("networkidle", kPatience);
  await settled(page);
  await page.waitForTimeout(2000);  // ECharts' opening animation.
  await look(page, seen, folder);
  writeFileSync(path.join(folder, "seen.json"), JSON.stringify(seen, null, 1));
  const login = await context.storageState();
  await context.close();  // An open dashboard goes on drawing.
  return login;
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
});
try {
  let login = null;
  for (const wanted of JSON.parse(looks)) login = await visit(browser, wanted, login);
} finally {
  await browser.close();
}

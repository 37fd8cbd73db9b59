// Fifty viewers at once, each loading every panel again and again with keep-alive: the 95th percentile per request.
//
//   node tests/web/viewers.mjs http://127.0.0.1:8080/ [SECONDS]
import http from "node:http";

const [address, seconds = "10"] = process.argv.slice(2);
const PANELS = ["meta", "kpis", "last_week", "bot_share", "unique_visitors", "timeseries", "visitors", "devices", "cities", "pages", "campaigns", "funnel", "heatmap", "events"];
const VIEWERS = 50;
const end = Date.now() + Number(seconds) * 1000;
const times_ms = [];
let failed = 0;

// A kept connection may be closed by the server just as it is used again: asked once more, as browsers do.
function ask(agent, path, began = performance.now()) {
  return new Promise((resolve) => {
    const request = http.get(new URL(path, address), { agent, headers: { "accept-encoding": "gzip" } }, (response) => {
      response.resume();
      response.on("end", () => {
        times_ms.push(performance.now() - began);
        if (response.statusCode !== 200) failed += 1;
        resolve();
      });
    });
    request.on("error", (error) => {
      if (request.reusedSocket && error.code === "ECONNRESET") return resolve(ask(agent, path, began));
      failed += 1;
      resolve();
    });
  });
}

await Promise.all(Array.from({ length: VIEWERS }, async () => {
  await new Promise((resolve) => setTimeout(resolve, 2000 * Math.random()));
  const agent = new http.Agent({ keepAlive: true, maxSockets: 6 });
  while (Date.now() < end) {
    await Promise.all(PANELS.map((panel) => ask(agent, `/api/${panel}`)));
    await new Promise((resolve) => setTimeout(resolve, 500 + 500 * Math.random()));
  }
  agent.destroy();
}));
times_ms.sort((a, b) => a - b);
const at = (share) => times_ms[Math.floor((times_ms.length - 1) * share)].toFixed(1);
console.log(`${times_ms.length} requests of ${VIEWERS} viewers, ${failed} failed; p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`);
process.exit(failed === 0 ? 0 : 1);

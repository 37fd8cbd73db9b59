// Asks our own server, and nobody else. The browser keeps each answer and asks with its ETag, so an unchanged panel
// costs a few bytes (304).

// How long an answer may take: what the server allows itself (/api/meta), and a little for the way.
let answer_ms_max = 30_000;
const WAY_MS = 5_000;
const BUSY_TRIES_MAX = 4;

export class ApiError extends Error {
  constructor(message, cure, status) {
    super(message);
    this.cure = cure;
    this.status = status;
  }
}

// A server that is busy says how long to wait; a session that has ended leads to the sign-in page.
export async function fetch_json(name, params, signal) {
  for (let tries = 1; ; ++tries) {
    const response = await ask(name, params, signal);
    if (response.ok) return response.json();
    if (response.status === 401) location.reload();
    const seconds = Number(response.headers.get("Retry-After"));
    if (response.status !== 503 || !seconds || tries === BUSY_TRIES_MAX) throw await error_of(response);
    await pause(seconds * 1000 * (0.5 + Math.random()), signal);
  }
}

export function set_answer_limit(ms) {
  answer_ms_max = ms + WAY_MS;
}

function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => { clearTimeout(timer); reject(signal.reason); }, { once: true });
  });
}

async function ask(name, params, signal) {
  const timeout = AbortSignal.timeout(answer_ms_max);
  try {
    return await fetch(address(name, params), { cache: "no-cache", signal: signal ? AbortSignal.any([signal, timeout]) : timeout });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError("The server does not answer", "Is `rcml dashboard` still running? The page tries again by itself.", 0);
  }
}

async function error_of(response) {
  try {
    const { error } = await response.json();
    return new ApiError(error.message, error.cure, response.status);
  } catch {
    return new ApiError(`The server answered ${response.status}`, "Its log on stderr says why.", response.status);
  }
}

export function address(name, params) {
  const text = params ? params.toString() : "";
  return text ? `/api/${name}?${text}` : `/api/${name}`;
}

export function csv_address(name, params) {
  const with_format = new URLSearchParams(params);
  with_format.set("format", "csv");
  return address(name, with_format);
}

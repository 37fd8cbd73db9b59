// Asks our own server, and nobody else. The browser keeps each answer and asks with its ETag, so an unchanged panel
// costs a few bytes (304).

const ANSWER_MS_MAX = 20_000;

export class ApiError extends Error {
  constructor(message, cure, status) {
    super(message);
    this.cure = cure;
    this.status = status;
  }
}

export async function fetch_json(name, params, signal) {
  const timeout = AbortSignal.timeout(ANSWER_MS_MAX);
  let response;
  try {
    response = await fetch(address(name, params), { cache: "no-cache", signal: signal ? AbortSignal.any([signal, timeout]) : timeout });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError("The server does not answer", "Is `rcml dashboard` still running? The page tries again by itself.", 0);
  }
  if (response.ok) return response.json();
  throw await error_of(response);
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

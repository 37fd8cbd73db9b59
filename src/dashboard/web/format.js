// Numbers and times as people read them. What is not known is "–", never 0 and never NaN.

export const NOTHING = "–";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const one_decimal = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const two_decimals = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

function is_number(value) {
  return typeof value === "number" && Number.isFinite(value);
}

export function count(value) {
  return is_number(value) ? whole.format(value) : NOTHING;
}

// For axes and tight places: 12.3K. `greatest` is the greatest number beside it, so that neighbours are written alike.
export function short_count(value, greatest = value) {
  if (!is_number(value)) return NOTHING;
  if (Math.abs(greatest) >= 10_000) return compact.format(value);
  return (Number.isInteger(value) || Math.abs(value) >= 10 ? whole : one_decimal).format(value);
}

export function percent(share, digits = 1) {
  if (!is_number(share)) return NOTHING;
  if (share > 0 && share < 0.0005) digits = 2;  // "0.0 %" would say none.
  return `${(digits === 2 ? two_decimals : one_decimal).format(share * 100)} %`;
}

export function money(value) {
  if (!is_number(value)) return NOTHING;
  return Math.abs(value) >= 10_000 ? whole.format(value) : two_decimals.format(value);
}

export function minutes(value) {
  return is_number(value) ? one_decimal.format(value) : NOTHING;
}

export function rate(value) {
  return is_number(value) ? one_decimal.format(value) : NOTHING;
}

export function bytes(value) {
  if (!is_number(value)) return NOTHING;
  const units = ["B", "KB", "MB", "GB", "TB"];
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? whole.format(value) : one_decimal.format(value)} ${units[unit]}`;
}

export function text(value) {
  return value === null || value === undefined || value === "" ? NOTHING : String(value);
}

// Dates are dates of the report's time zone: shown as they come, whatever zone the browser is in.
const day_format = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const long_day_format = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const moment_format = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZone: "UTC" });

export function day(iso) {
  return day_format.format(new Date(`${iso}T00:00:00Z`));
}

export function long_day(iso) {
  return long_day_format.format(new Date(`${iso}T00:00:00Z`));
}

// "2025-08-24" or "2025-08-24T13:00"
export function bucket(at) {
  return at.length > 10 ? at.slice(11, 16) : day(at);
}

export function long_bucket(at) {
  return at.length > 10 ? `${long_day(at.slice(0, 10))}, ${at.slice(11, 16)}` : long_day(at);
}

export function moment(ms) {
  return is_number(ms) ? `${moment_format.format(new Date(ms))} UTC` : NOTHING;
}

export function range(from, to) {
  return from === to ? long_day(from) : `${day(from)} – ${day(to)} ${to.slice(0, 4)}`;
}

export function age(ms) {
  if (!is_number(ms)) return NOTHING;
  const seconds = Math.max(0, ms / 1000);
  if (seconds < 10) return `${one_decimal.format(seconds)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${whole.format(Math.round(seconds / 86400))} days`;
}

// How a number moved: {text, tone: "up" | "down" | "same", spoken}; null when there is nothing to compare with.
export function change(now, before) {
  if (!is_number(now) || !is_number(before) || before === 0) return null;
  return tone_of((now - before) / before, (share) => `${one_decimal.format(share * 100)} %`, `before: ${count(before)}`);
}

// Rates move by points: 2.0 % to 2.5 % is +0.5, not +25 %.
export function change_in_points(now, before) {
  if (!is_number(now) || !is_number(before)) return null;
  return tone_of(now - before, (points) => `${two_decimals.format(points * 100)} pp`, `before: ${percent(before, 2)}`);
}

function tone_of(difference, write, before) {
  const size = write(Math.abs(difference));
  if (/^0\.0+ /.test(size)) return { text: `= ${size}`, tone: "same", spoken: `unchanged, ${before}` };
  const is_up = difference > 0;
  return { text: `${is_up ? "↑" : "↓"} ${size}`, tone: is_up ? "up" : "down", spoken: `${is_up ? "up" : "down"} ${size}, ${before}` };
}

export const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

export const STEP_NAMES = {
  session: "Sessions",
  product_view: "Saw a product",
  add_to_cart: "Put it in the cart",
  checkout: "Went to checkout",
  purchase: "Bought",
};

/** How times, durations, amounts and paths read on screen. Times are milliseconds since 1970 unless said otherwise. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** The range of `Date`. */
const MAX_TIME_MS = 8_640_000_000_000_000;

const UNKNOWN_TIME = "at an unknown time";

function isTime(ms: number): boolean {
  return Number.isFinite(ms) && Math.abs(ms) <= MAX_TIME_MS;
}

function padded(value: number, width = 2): string {
  return String(value).padStart(width, "0");
}

/** Says how long ago, such as `3 min ago`; a time ahead of the clock is `in 3 min`. */
export function relativeTime(ms: number, nowMs: number): string {
  if (!isTime(ms)) return UNKNOWN_TIME;
  const distance = Math.abs(nowMs - ms);
  if (distance < 5 * SECOND_MS) return "just now";
  if (distance >= 30 * DAY_MS) return exactTime(ms).slice(0, 10);
  const said = coarse(distance);
  return ms > nowMs ? `in ${said}` : `${said} ago`;
}

/** Says for how long something has been so, such as `3 min`. */
export function elapsedTime(sinceMs: number, nowMs: number): string {
  return isTime(sinceMs) ? coarse(Math.max(0, nowMs - sinceMs)) : "an unknown time";
}

function coarse(distanceMs: number): string {
  if (distanceMs < MINUTE_MS) return `${Math.floor(distanceMs / SECOND_MS)} s`;
  if (distanceMs < HOUR_MS) return `${Math.floor(distanceMs / MINUTE_MS)} min`;
  if (distanceMs < DAY_MS) return `${Math.floor(distanceMs / HOUR_MS)} h`;
  return `${Math.floor(distanceMs / DAY_MS)} d`;
}

/** The time of day by the reader's clock, `13:26:05`. */
export function clockTime(ms: number): string {
  if (!isTime(ms)) return "--:--:--";
  const date = new Date(ms);
  return `${padded(date.getHours())}:${padded(date.getMinutes())}:${padded(date.getSeconds())}`;
}

/** Date and time to the millisecond with the reader's offset, `2026-11-22 13:26:05.123 +01:00`. */
export function exactTime(ms: number): string {
  if (!isTime(ms)) return UNKNOWN_TIME;
  const date = new Date(ms);
  const day = `${date.getFullYear()}-${padded(date.getMonth() + 1)}-${padded(date.getDate())}`;
  const offset = -date.getTimezoneOffset();
  const zone = `${offset < 0 ? "-" : "+"}${padded(Math.floor(Math.abs(offset) / 60))}:${padded(Math.abs(offset) % 60)}`;
  return `${day} ${clockTime(ms)}.${padded(date.getMilliseconds(), 3)} ${zone}`;
}

/**
 * A span, in two units at most: `0.4 ms`, `840 ms`, `4.2 s`, `3 min 12 s`, `2 h 5 min`, `3 d 4 h`.
 * None at all is `under 1 ms`: most are measured in whole milliseconds.
 */
export function duration(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return "unknown";
  if (ms === 0) return "under 1 ms";
  if (ms < 1) return ms < 0.1 ? "under 0.1 ms" : `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / SECOND_MS).toFixed(1)} s`;
  const seconds = Math.round(ms / SECOND_MS);
  if (seconds < 3_600) return twoUnits(seconds, 60, "min", "s");
  const minutes = Math.round(seconds / 60);
  if (minutes < 1_440) return twoUnits(minutes, 60, "h", "min");
  return twoUnits(Math.round(minutes / 60), 24, "d", "h");
}

function twoUnits(amount: number, per: number, big: string, small: string): string {
  const rest = amount % per;
  const whole = `${Math.floor(amount / per)} ${big}`;
  return rest === 0 ? whole : `${whole} ${rest} ${small}`;
}

/** A time as the value of an input of the type `datetime-local`; empty when there is none. */
export function localInputTime(ms: number | undefined): string {
  return ms === undefined || !isTime(ms) ? "" : exactTime(ms).slice(0, 19).replace(" ", "T");
}

/** What such an input says, in milliseconds since 1970; undefined when it says nothing. */
export function timeOfInput(value: string): number | undefined {
  const ms = new Date(value).getTime();
  return value === "" || !isTime(ms) ? undefined : ms;
}

const GROUPED = new Intl.NumberFormat("en-US");

/** A whole number with thousands set apart, `12,345`. */
export function count(amount: number): string {
  return Number.isFinite(amount) ? GROUPED.format(Math.round(amount)) : "unknown";
}

/** A counted thing, `1 event`, `12,345 events`. */
export function counted(amount: number, one: string, many = `${one}s`): string {
  return `${count(amount)} ${amount === 1 ? one : many}`;
}

/** A large amount to three digits, `950`, `12.3k`, `4.56M`. */
export function compactCount(amount: number): string {
  if (!Number.isFinite(amount)) return "unknown";
  if (amount < 1_000) return String(Math.round(amount));
  const [scaled, unit] = amount < 999_500 ? [amount / 1_000, "k"] : [amount / 1_000_000, "M"];
  const digits = scaled < 10 ? 2 : scaled < 100 ? 1 : 0;
  return `${scaled.toFixed(digits)}${unit}`;
}

/** US dollars, with as many digits as a small sum needs: `$1.20`, `$0.0042`. */
export function dollars(usd: number): string {
  if (!Number.isFinite(usd)) return "unknown";
  if (usd === 0 || usd >= 0.1) return `$${usd.toFixed(2)}`;
  return usd < 0.0001 ? "under $0.0001" : `$${usd.toFixed(4)}`;
}

const BYTE_UNITS = ["kB", "MB", "GB", "TB"] as const;

/** A size in units of 1,000, `512 bytes`, `1.2 kB`, `34 MB`. */
export function byteSize(bytes: number): string {
  if (!Number.isFinite(bytes) || bytes < 0) return "unknown";
  if (bytes < 1_000) return counted(bytes, "byte");
  let scaled = bytes / 1_000;
  let unit = 0;
  while (scaled >= 999.5 && unit < BYTE_UNITS.length - 1) {
    scaled /= 1_000;
    unit += 1;
  }
  return `${scaled.toFixed(scaled < 10 ? 1 : 0)} ${BYTE_UNITS[unit]}`;
}

/** The last two parts of a path, for where there is little room: `…/work/shop`. */
export function shortPath(path: string): string {
  const parts = path.split(/[\\/]/).filter((part) => part !== "");
  return parts.length <= 2 ? path : `…/${parts.slice(-2).join("/")}`;
}

/** The recognisable start of a long id. */
export function shortId(id: string): string {
  return id.length <= 16 ? id : `${id.slice(0, 12)}…`;
}

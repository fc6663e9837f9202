/** Longest string inside a tool's arguments that crosses into the core, in UTF-16 units. */
export const MAX_ARG = 4 * 1024;
/** Longest output that crosses into the core, in UTF-16 units: twice what an event keeps of it. */
export const MAX_OUTPUT = 8 * 1024;
/** Longest prompt that crosses into the core, in UTF-16 units: what a planner may be given. */
export const MAX_PROMPT = 64 * 1024;

const MAX_DEPTH = 12;
const MAX_NODES = 5_000;
/** All strings of one argument object together. */
const MAX_TOTAL = 48 * 1024;

/** Keeps the head and the tail of a long text and says how much is missing. */
export function clip(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const half = Math.floor(limit / 2);
  return `${text.slice(0, half)}\n… ${text.length - 2 * half} characters left out …\n${text.slice(text.length - half)}`;
}

/**
 * A plain, bounded copy of what a tool or provider was given: long strings cut, depth and size limited, and nothing that
 * JSON has no word for. Anything but an object becomes an empty one.
 */
export function clipRecord(value: unknown): Record<string, unknown> {
  const copy = copier()(value, 0);
  return isRecord(copy) ? copy : {};
}

function copier(): (value: unknown, depth: number) => unknown {
  let nodes = 0;
  let total = 0;
  const copy = (value: unknown, depth: number): unknown => {
    nodes += 1;
    if (nodes > MAX_NODES) return undefined;
    switch (typeof value) {
      case "string": {
        const text = clip(value, Math.min(MAX_ARG, Math.max(0, MAX_TOTAL - total)));
        total += text.length;
        return text;
      }
      case "number":
      case "boolean":
        return value;
      case "bigint":
        return value.toString();
      case "object":
        break;
      default:
        return undefined;
    }
    if (value === null) return null;
    if (depth >= MAX_DEPTH) return "…";
    if (Array.isArray(value)) return value.slice(0, MAX_NODES).map((item) => copy(item, depth + 1) ?? null);
    const out: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      if (nodes > MAX_NODES) break;
      const kept = copy(item, depth + 1);
      if (kept !== undefined) Object.defineProperty(out, clip(key, 256), { value: kept, enumerable: true });
    }
    return out;
  };
  return copy;
}

/** Whether a value is an object with fields. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

import { isFields } from "../events/payload";
import type { StoredEvent } from "../generated/types";

/** About how many characters of text an event holds; counts without recursion, so depth cannot hurt. */
export function weigh(event: StoredEvent): number {
  const open: unknown[] = [event.payload, event.summary];
  let chars = 200;
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === "string") chars += value.length;
    else if (Array.isArray(value)) for (const inner of value) open.push(inner);
    else if (isFields(value)) {
      for (const [name, inner] of Object.entries(value)) {
        chars += name.length;
        open.push(inner);
      }
    } else chars += 8;
  }
  return chars;
}

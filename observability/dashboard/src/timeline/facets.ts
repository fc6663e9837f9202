import type { StoredEvent } from "../generated/types";

/** A value that a filter offers, and how many events have it. */
export interface Facet {
  value: string;
  events: number;
}

/** The values of one field with their counts, by name; chosen ones are offered even when no event has them. */
export function facetsOf(
  events: readonly StoredEvent[],
  field: "source_app" | "hook_event_type",
  chosen: readonly string[],
): Facet[] {
  const counts = new Map<string, number>(chosen.map((value) => [value, 0]));
  for (const event of events) counts.set(event[field], (counts.get(event[field]) ?? 0) + 1);
  return [...counts]
    .map(([value, events]) => ({ value, events }))
    .sort((a, b) => a.value.localeCompare(b.value));
}

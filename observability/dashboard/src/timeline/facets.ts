import { KNOWN_TYPES } from "../events/kinds";
import type { NameCount, StoredEvent } from "../generated/types";

/** A value that a filter offers, and how many events have it, where that is known. */
export interface Facet {
  value: string;
  events: number | undefined;
}

/** What the store counted, the most first, and the chosen values even when there is no such event. */
export function countedFacets(counts: readonly NameCount[], chosen: readonly string[]): Facet[] {
  const known = new Set(counts.map(({ name }) => name));
  const missing = chosen.filter((value) => !known.has(value));
  return [
    ...counts.map(({ name, events }) => ({ value: name, events })),
    ...missing.map((value) => ({ value, events: 0 })),
  ];
}

/** The types that there are, or, until that is known, those that there may be. */
export function typeFacets(counts: readonly NameCount[] | undefined, chosen: readonly string[]): Facet[] {
  return counts ? countedFacets(counts, chosen) : KNOWN_TYPES.map((value) => ({ value, events: undefined }));
}

/** The values among events that are held, by name: nobody counts them in the store. */
export function heldFacets(
  events: readonly StoredEvent[],
  nameOf: (event: StoredEvent) => string,
  chosen: readonly string[],
): Facet[] {
  const values = new Set(chosen);
  for (const event of events) {
    const value = nameOf(event);
    if (value) values.add(value);
  }
  return [...values]
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .map((value) => ({ value, events: undefined }));
}

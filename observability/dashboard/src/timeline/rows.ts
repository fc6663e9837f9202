import type { StoredEvent } from "../generated/types";
import type { Gap } from "../live/eventLog";

/** One line of the timeline: an event, or the place where events are missing. */
export type Row = StoredEvent | Gap;

export function isGap(row: Row): row is Gap {
  return "missed" in row && "beforeId" in row;
}

/** Names a row for as long as it is held. */
export function rowKey(row: Row): number {
  return isGap(row) ? -row.beforeId : row.id;
}

/** Sets the gaps between the events at the place where they belong. Both come in the order of ids. */
export function rowsOf(events: readonly StoredEvent[], gaps: readonly Gap[]): readonly Row[] {
  if (gaps.length === 0) return events;
  const rows: Row[] = [];
  let next = 0;
  for (const event of events) {
    for (let gap = gaps[next]; gap && gap.beforeId <= event.id; gap = gaps[++next]) rows.push(gap);
    rows.push(event);
  }
  return rows.concat(gaps.slice(next));
}

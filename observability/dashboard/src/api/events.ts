import { isFields } from "../events/payload";
import type { StoredEvent } from "../generated/types";
import { type EventFilter, filterParams } from "../timeline/filter";
import { getJson } from "./http";

/** Which part of the events that a filter wants. Ids are those of events. */
export type EventRange = { limit: number } & (
  | { before?: number; order?: "newest" }
  | { after: number; order: "oldest" }
);

/** A page of events in the order that was asked for. */
export interface EventPage {
  events: StoredEvent[];
  /** Where the next page begins; undefined when there is no more. A page may be short, even empty, and not the last. */
  next: number | undefined;
  /** The newest event that there was, wanted or not; 0 when there was none. */
  newest: number;
}

/** Reads a page: the newest first, or on from an older event. */
export async function fetchEvents(
  filter: EventFilter,
  range: EventRange,
  signal: AbortSignal,
): Promise<EventPage> {
  const params = filterParams(filter);
  params.set("limit", String(range.limit));
  if (range.order) params.set("order", range.order);
  if ("after" in range) params.set("after", String(range.after));
  else if (range.before !== undefined) params.set("before", String(range.before));
  const page = await getJson<{ events?: unknown; next?: number; newest?: number }>(
    `/v1/events?${params}`,
    signal,
  );
  return { events: readEvents(page.events), next: page.next, newest: page.newest ?? 0 };
}

/** The events in a list from the wire; what is no event is left out. */
function readEvents(value: unknown): StoredEvent[] {
  return Array.isArray(value) ? value.map(readEvent).filter((event) => event !== undefined) : [];
}

/** Reads an event from the wire. Other programs' events may miss what Rozet's own always have. */
export function readEvent(value: unknown): StoredEvent | undefined {
  if (!isFields(value) || typeof value.id !== "number" || !Number.isSafeInteger(value.id)) return undefined;
  return {
    ...value,
    id: value.id,
    event_id: text(value.event_id),
    source_app: text(value.source_app),
    session_id: text(value.session_id),
    hook_event_type: text(value.hook_event_type),
    payload: isFields(value.payload) ? value.payload : {},
    timestamp: typeof value.timestamp === "number" ? value.timestamp : Number.NaN,
  };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

import { isFields } from "../events/payload";
import type { StoredEvent } from "../generated/types";
import { getJson } from "./http";

/** How many events the stream repeats when it opens, and how many a first look asks for. */
export const RECENT_EVENTS = 300;

/** The newest stored events, oldest first. */
export async function fetchRecentEvents(signal: AbortSignal): Promise<StoredEvent[]> {
  return readEvents(await getJson<unknown>(`/events/recent?limit=${RECENT_EVENTS}`, signal));
}

/** The events in a list from the wire; what is no event is left out. */
export function readEvents(value: unknown): StoredEvent[] {
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

import { lineOf } from "../events/lines";
import type { StoredEvent } from "../generated/types";

export interface EventFilter {
  /** Only this session's events; every session's when undefined. */
  sessionId: string | undefined;
  /** Words that must all occur, in any case and order. */
  text: string;
  /** Any of these sources; all when empty. */
  sources: readonly string[];
  /** Any of these types; all when empty. */
  types: readonly string[];
}

/** How much of one event is searched, in characters. */
const SEARCHED_CHARS = 64 * 1024;

const searched = new WeakMap<StoredEvent, string>();

/** The text in which words are looked for: the readable line, the names and the payload, in lower case. */
function searchedText(event: StoredEvent): string {
  let text = searched.get(event);
  if (text === undefined) {
    const { hook_event_type, source_app, session_id } = event;
    text =
      `${lineOf(event)}\n${hook_event_type} ${source_app} ${session_id}\n${payloadText(event)}`.toLowerCase();
    searched.set(event, text);
  }
  return text;
}

function payloadText(event: StoredEvent): string {
  try {
    return JSON.stringify(event.payload).slice(0, SEARCHED_CHARS);
  } catch {
    // Nested too deeply to be written out, and so to be searched.
    return "";
  }
}

/** Makes a filter into a test of one event. */
export function matcher(filter: EventFilter): (event: StoredEvent) => boolean {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const sources = new Set(filter.sources);
  const types = new Set(filter.types);
  return (event) =>
    (filter.sessionId === undefined || event.session_id === filter.sessionId) &&
    (sources.size === 0 || sources.has(event.source_app)) &&
    (types.size === 0 || types.has(event.hook_event_type)) &&
    (words.length === 0 || words.every((word) => searchedText(event).includes(word)));
}

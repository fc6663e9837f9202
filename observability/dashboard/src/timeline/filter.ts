import { textOf } from "../events/payload";
import type { StoredEvent } from "../generated/types";

/** Which events are wanted; what is empty or undefined does not narrow. */
export interface EventFilter {
  /** Only this session's events. */
  session: string | undefined;
  /** Only the events of this session and all below it. */
  subtree: string | undefined;
  sources: readonly string[];
  types: readonly string[];
  tools: readonly string[];
  tasks: readonly string[];
  /** Milliseconds since 1970, both included. */
  from: number | undefined;
  to: number | undefined;
  /** Words; only the store's index can judge them. */
  text: string;
}

export const ANY_EVENT: EventFilter = {
  session: undefined,
  subtree: undefined,
  sources: [],
  types: [],
  tools: [],
  tasks: [],
  from: undefined,
  to: undefined,
  text: "",
};

/** The filter as the sidecar's query. */
export function filterParams(filter: EventFilter): URLSearchParams {
  const params = new URLSearchParams();
  const lists = { source: filter.sources, type: filter.types, tool: filter.tools, task: filter.tasks };
  for (const [name, values] of Object.entries(lists)) for (const value of values) params.append(name, value);
  const { session, subtree, from, to } = filter;
  const text = filter.text.trim();
  for (const [name, value] of Object.entries({ session, subtree, from, to, text }))
    if (value !== undefined && value !== "") params.set(name, String(value));
  return params;
}

/** The same filter, told from another. */
export function sameFilter(a: EventFilter, b: EventFilter): boolean {
  return filterParams(a).toString() === filterParams(b).toString();
}

/**
 * Judges live events as the sidecar does, but for `text`. `parentOf` tells the parents that are known; children
 * that come later are learnt from their events.
 */
export function matcher(
  filter: EventFilter,
  parentOf: (session: string) => string | undefined,
): (event: StoredEvent) => boolean {
  const sources = new Set(filter.sources);
  const types = new Set(filter.types);
  const tools = new Set(filter.tools);
  const tasks = new Set(filter.tasks);
  const { session, subtree, from, to } = filter;
  const isBelow = subtree === undefined ? () => true : below(subtree, parentOf);
  return (event) =>
    isBelow(event) &&
    (session === undefined || event.session_id === session) &&
    (sources.size === 0 || sources.has(event.source_app)) &&
    (types.size === 0 || types.has(event.hook_event_type)) &&
    (tools.size === 0 || tools.has(toolOf(event))) &&
    (tasks.size === 0 || tasks.has(taskOf(event))) &&
    (from === undefined || event.timestamp >= from) &&
    (to === undefined || event.timestamp <= to);
}

/** The tool that an event is about; empty when it is about none. */
export function toolOf(event: StoredEvent): string {
  return textOf(event.payload, "tool") || textOf(event.payload, "tool_name");
}

/** The task that an event is about; empty when it is about none. */
export function taskOf(event: StoredEvent): string {
  return textOf(event.payload, "task_id");
}

/** Deeper than this nobody nests sessions; a loop of parents ends here. */
const MOST_DEPTH = 64;

function below(
  root: string,
  parentOf: (session: string) => string | undefined,
): (event: StoredEvent) => boolean {
  const learnt = new Map<string, string>();
  return (event) => {
    const parent = textOf(event.payload, "parent_id");
    if (parent) learnt.set(event.session_id, parent);
    let at: string | undefined = event.session_id;
    for (let depth = 0; at !== undefined && depth < MOST_DEPTH; depth++) {
      if (at === root) return true;
      at = learnt.get(at) ?? parentOf(at);
    }
    return false;
  };
}

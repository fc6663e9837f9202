import type { Activity, History, HistoryBy, Stats } from "../generated/types";
import { type EventFilter, filterParams } from "../timeline/filter";
import { getJson } from "./http";

/** How many events of each type happened in each of equal pieces of a span of time. */
export function fetchActivity(
  filter: EventFilter,
  span: { from: number; to: number; buckets: number },
  signal: AbortSignal,
): Promise<Activity> {
  const params = filterParams({ ...filter, text: "" });
  for (const [name, value] of Object.entries(span)) params.set(name, String(Math.round(value)));
  return getJson<Activity>(`/v1/activity?${params}`, signal);
}

/** What the rows of the history are. */
export const HISTORY_ROWS: readonly HistoryBy[] = ["day", "week", "project"];

/** Sessions, tasks and spend by day, week or project, the newest first. Days are the reader's. */
export function fetchHistory(by: HistoryBy, from: number | undefined, signal: AbortSignal): Promise<History> {
  const params = new URLSearchParams({ by, offset_minutes: String(-new Date().getTimezoneOffset()) });
  if (from !== undefined) params.set("from", String(from));
  return getJson<History>(`/v1/history?${params}`, signal);
}

/** How much of what is stored. */
export function fetchStats(signal: AbortSignal): Promise<Stats> {
  return getJson<Stats>("/v1/stats", signal);
}

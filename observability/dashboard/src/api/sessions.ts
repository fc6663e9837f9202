import type { SessionAt, SessionPage, SessionSummary, SessionView } from "../generated/types";
import { getJson } from "./http";

/** The newest sessions, as many as one answer holds, the one with the newest event first. */
export async function fetchSessions(signal: AbortSignal): Promise<SessionSummary[]> {
  return (await getJson<SessionPage>("/v1/sessions", signal)).sessions;
}

/** Which sessions a page of them is about. */
export interface SessionWish {
  directory?: string | undefined;
  text?: string | undefined;
  /** The `next` of the page before. */
  before?: number | undefined;
}

/** A page of sessions without their children, the newest first. */
export function fetchSessionPage(wish: SessionWish, signal: AbortSignal): Promise<SessionPage> {
  const params = new URLSearchParams({ roots: "true", limit: "50" });
  if (wish.directory) params.set("directory", wish.directory);
  if (wish.text) params.set("text", wish.text);
  if (wish.before !== undefined) params.set("before", String(wish.before));
  return getJson<SessionPage>(`/v1/sessions?${params}`, signal);
}

/** A session with its descendants, plans, run, spans and usage. */
export function fetchSession(id: string, signal: AbortSignal): Promise<SessionView> {
  return getJson<SessionView>(`/v1/sessions/${encodeURIComponent(id)}`, signal);
}

/** A session as it stood at a time, in milliseconds since 1970. */
export function fetchSessionAt(id: string, timeMs: number, signal: AbortSignal): Promise<SessionAt> {
  return getJson<SessionAt>(`/v1/sessions/${encodeURIComponent(id)}/at?time=${Math.round(timeMs)}`, signal);
}

/** Where a session is downloaded from. */
export function exportAddress(id: string, format: "jsonl" | "html"): string {
  return `/v1/sessions/${encodeURIComponent(id)}/export?format=${format}`;
}

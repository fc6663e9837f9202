import type { SessionView } from "../generated/types.ts";
import { isRecord } from "../host/clip.ts";
import type { Discovery } from "./discovery.ts";
import { request } from "./request.ts";

const TIMEOUT_MS = 5_000;
/** Turns whose ends are read; a session with more has its newest counted. */
const MAX_TURNS = 500;

/** A session with its newest run and what it used; undefined when it cannot be had. Never throws. */
export async function sessionView(discovery: Discovery, sessionId: string): Promise<SessionView | undefined> {
  const answer = await looked(discovery, `/v1/sessions/${encodeURIComponent(sessionId)}`);
  return isRecord(answer) && isRecord(answer.usage) ? (answer as unknown as SessionView) : undefined;
}

/** What the ends of a session's turns say, its descendants' too; undefined when it cannot be had. Never throws. */
export async function turnEnds(
  discovery: Discovery,
  sessionId: string,
): Promise<Array<Record<string, unknown>> | undefined> {
  const query = new URLSearchParams({ subtree: sessionId, type: "Stop", limit: String(MAX_TURNS) });
  const answer = await looked(discovery, `/v1/events?${query}`);
  if (!isRecord(answer) || !Array.isArray(answer.events)) return undefined;
  return answer.events.map((event) => (isRecord(event) && isRecord(event.payload) ? event.payload : {}));
}

async function looked(discovery: Discovery, path: string): Promise<unknown> {
  try {
    return await request(discovery, { method: "GET", path, timeoutMs: TIMEOUT_MS });
  } catch {
    return undefined;
  }
}

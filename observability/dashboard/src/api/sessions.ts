import type { SessionSummary } from "../generated/types";
import { getJson } from "./http";

/** All sessions, newest first. */
export async function fetchSessions(signal: AbortSignal): Promise<SessionSummary[]> {
  const answer = await getJson<{ sessions: SessionSummary[] }>("/v1/sessions", signal);
  return answer.sessions;
}

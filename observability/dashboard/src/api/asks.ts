import type { Ask, AskList, AskReply, StoredEvent } from "../generated/types";
import { act, getJson } from "./http";

/** What agents ask of a person and nobody has answered, the oldest first. */
export async function fetchWaitingAsks(signal: AbortSignal): Promise<Ask[]> {
  return (await getJson<AskList>("/v1/asks?state=waiting&limit=100", signal)).asks;
}

/** The asks of one session, settled ones too. */
export async function fetchAsksOf(session: string, signal: AbortSignal): Promise<Ask[]> {
  const params = new URLSearchParams({ state: "all", session, limit: "100" });
  return (await getJson<AskList>(`/v1/asks?${params}`, signal)).asks;
}

/** Answers an ask; the sidecar refuses when somebody was quicker. */
export function answerAsk(askId: string, reply: AskReply): Promise<Ask> {
  return act<Ask>("POST", `/v1/asks/${encodeURIComponent(askId)}/answer`, reply);
}

/** An answer to an event of the known form that asks for one. */
export type EventAnswer = { response: string } | { permission: boolean } | { choice: string };

export function respondTo(eventId: number, answer: EventAnswer): Promise<StoredEvent> {
  return act<StoredEvent>("POST", `/events/${eventId}/respond`, answer);
}

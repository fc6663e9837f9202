import type { Ask, AskAnswer } from "../generated/types.ts";
import { isRecord } from "../host/clip.ts";
import type { Discovery } from "./discovery.ts";
import { request } from "./request.ts";

const ASK_TIMEOUT_MS = 5_000;
/** More than a person answers. */
const MAX_ASKS = 50;

/** A person's word on an ask: on a permission, or on each of its questions. */
export type Word = { answer: AskAnswer; message?: string } | { answers: string[][] };

/** What waits for a person in one of a session's descendants, the oldest first; none when it cannot be had. Never throws. */
export async function waitingAsks(discovery: Discovery, sessionId: string): Promise<Ask[]> {
  try {
    const query = new URLSearchParams({ state: "waiting", session: sessionId, limit: String(MAX_ASKS) });
    const path = `/v1/asks?${query}`;
    const answer = await request(discovery, { method: "GET", path, timeoutMs: ASK_TIMEOUT_MS });
    return isRecord(answer) && Array.isArray(answer.asks) ? (answer.asks as Ask[]) : [];
  } catch {
    return [];
  }
}

/** Brings a person's word to the sidecar, which passes it on. Throws a `SidecarError`; its status is 409 when it is settled. */
export async function answerAsk(discovery: Discovery, askId: string, word: Word): Promise<void> {
  await request(discovery, {
    method: "POST",
    path: `/v1/asks/${encodeURIComponent(askId)}/answer`,
    body: JSON.stringify(word),
    timeoutMs: ASK_TIMEOUT_MS,
    by: "tui",
  });
}

import type { Tone } from "../events/kinds";
import type { SessionState, SessionSummary } from "../generated/types";

export const SESSION_TONES: Readonly<Record<SessionState, Tone>> = {
  active: "run",
  idle: "ask",
  ended: "calm",
};

/** What a session is called where there is little room: its agent, its title, or the start of its prompt. */
export function sessionName(session: SessionSummary): string {
  return session.agent || session.title || session.last_prompt || session.session_id;
}

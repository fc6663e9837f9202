import { isRecord } from "./clip.ts";

/** How the titles of the sessions begin in which the sidecar has OpenCode's model plan. */
export const OWN_TITLE = "Rozet planning";
/** How the sidecar's system prompt in them begins. */
export const PLANNER_OPENING = "You split one request to a coding agent into a short plan.";

const MAX_SESSIONS = 256;

/** Rozet's own sessions, in which no hook has anything to plan or tell; the oldest are forgotten. */
export class OwnSessions {
  readonly #ids = new Set<string>();

  /** Remembers a session. It stays known when it is deleted: a model still at work in it brings late events. */
  add(sessionId: string): void {
    this.#ids.delete(sessionId);
    this.#ids.add(sessionId);
    if (this.#ids.size <= MAX_SESSIONS) return;
    for (const oldest of this.#ids) {
      this.#ids.delete(oldest);
      return;
    }
  }

  /** Whether the session is Rozet's own. */
  has(sessionId: string | undefined): boolean {
    return sessionId !== undefined && this.#ids.has(sessionId);
  }

  /** Whether one of OpenCode's events is about such a session; the event of its making says so by the title. */
  concerns(event: unknown): boolean {
    if (!isRecord(event) || !isRecord(event.properties)) return false;
    const fields = event.properties;
    if (event.type === "session.created" && isRecord(fields.info)) {
      const { id, title } = fields.info;
      if (typeof id === "string" && typeof title === "string" && title.startsWith(OWN_TITLE)) this.add(id);
    }
    return this.#ids.size > 0 && this.#ids.has(sessionOf(fields) as string);
  }
}

/** Where OpenCode's kinds of events name their session. */
function sessionOf(fields: Record<string, unknown>): unknown {
  if (fields.sessionID !== undefined) return fields.sessionID;
  if (isRecord(fields.part)) return fields.part.sessionID;
  return isRecord(fields.info) ? (fields.info.sessionID ?? fields.info.id) : undefined;
}

/**
 * Cuts, in place, what OpenCode puts before the planner's system prompt: its agent's prompt, the environment and
 * AGENTS.md, all in one text (1.18.33). Other plugins may have added texts of their own.
 */
export function keepPlannerPrompt(system: string[]): void {
  const index = system.findIndex((text) => text.includes(PLANNER_OPENING));
  const text = system[index];
  if (text === undefined) return;
  system.splice(0, index + 1, text.slice(text.indexOf(PLANNER_OPENING)));
}

import { isRecord } from "./clip.ts";

/** How the titles of the sessions begin in which the sidecar has OpenCode's model plan. */
export const OWN_TITLE = "Rozet planning";
/** How the titles of the sessions begin in which workers do tasks: `Rozet task T1: …`. Their work is told as any other's. */
const WORKER_TITLE = /^Rozet task \S/;
/** How the sidecar's system prompt in a planning session begins. */
export const PLANNER_OPENING = "You split one request to a coding agent into a short plan.";

const MAX_SESSIONS = 256;

/** The sessions that Rozet itself made; the oldest are forgotten. */
export class OwnSessions {
  readonly #ids = new Set<string>();
  readonly #workers = new Set<string>();

  /** Remembers a planning session. It stays known when it is deleted: a model still at work in it brings late events. */
  add(sessionId: string): void {
    remember(this.#ids, sessionId);
  }

  /** Whether it is a planning session, in which no hook has anything to plan or tell. */
  has(sessionId: string | undefined): boolean {
    return sessionId !== undefined && this.#ids.has(sessionId);
  }

  /** Whether a worker does a task in it. */
  isWorker(sessionId: string): boolean {
    return this.#workers.has(sessionId);
  }

  /** Whether Rozet made it, for whatever purpose. */
  mayCall(sessionId: string): boolean {
    return this.has(sessionId) || this.isWorker(sessionId);
  }

  /** Remembers a session by how OpenCode describes it, when its title says that Rozet made it. */
  note(info: unknown): boolean {
    if (!isRecord(info)) return false;
    const { id, title } = info;
    if (typeof id !== "string" || typeof title !== "string") return false;
    if (title.startsWith(OWN_TITLE)) this.add(id);
    else if (WORKER_TITLE.test(title)) remember(this.#workers, id);
    else return false;
    return true;
  }

  /** Whether one of OpenCode's events is about a planning session; the event of its making says so by the title. */
  concerns(event: unknown): boolean {
    if (!isRecord(event) || !isRecord(event.properties)) return false;
    const fields = event.properties;
    if (event.type === "session.created") this.note(fields.info);
    return this.#ids.size > 0 && this.#ids.has(sessionOf(fields) as string);
  }
}

function remember(ids: Set<string>, id: string): void {
  ids.delete(id);
  ids.add(id);
  if (ids.size <= MAX_SESSIONS) return;
  for (const oldest of ids) {
    ids.delete(oldest);
    return;
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

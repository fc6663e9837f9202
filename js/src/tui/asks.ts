import type { PermissionRequest, QuestionRequest } from "@opencode-ai/sdk/v2";
import { createSignal } from "solid-js";
import type { Ask } from "../generated/types.ts";
import { permissionAbout } from "../host/asks.ts";
import { oneLine } from "./board.ts";

/** Asks that are remembered; a person answers the oldest first. */
const MAX_ASKS = 50;
const MAX_TITLE = 120;

/** What is needed to know of a session. */
export interface SessionFacts {
  parentID?: string | undefined;
  title: string;
  agent?: string | undefined;
}

/** Looks a session up; undefined when it is not known. */
export type Lookup = (sessionId: string) => SessionFacts | undefined;

const MAX_DEPTH = 16;

/** The session without a parent that a session belongs to. */
export function rootOf(sessionId: string, lookup: Lookup): string {
  let root = sessionId;
  for (let depth = 0; depth < MAX_DEPTH; depth += 1) {
    const parent = lookup(root)?.parentID;
    if (parent === undefined) break;
    root = parent;
  }
  return root;
}

/** The permissions and questions that wait in this OpenCode, whichever session asks. */
export class Asks {
  /** The waiting ones, the oldest first; a signal. */
  readonly waiting: () => readonly Ask[];
  readonly #set: (change: (asks: readonly Ask[]) => readonly Ask[]) => void;

  constructor(private readonly lookup: Lookup) {
    const [waiting, setWaiting] = createSignal<readonly Ask[]>([]);
    this.waiting = waiting;
    this.#set = setWaiting;
  }

  /** Takes a permission that is asked for. */
  permission(request: PermissionRequest, at: number): void {
    this.#add(permissionAsk(request, this.lookup, at));
  }

  /** Takes questions that are asked. */
  question(request: QuestionRequest, at: number): void {
    this.#add(questionAsk(request, this.lookup, at));
  }

  /** Forgets what was answered, or that nobody waits for any more. */
  settled(askId: string): void {
    this.#set((asks) =>
      asks.some(({ ask_id }) => ask_id === askId) ? asks.filter((ask) => ask.ask_id !== askId) : asks,
    );
  }

  /** Forgets all that a session asked, which is no more. */
  ended(sessionId: string): void {
    this.#set((asks) =>
      asks.some((ask) => ask.session_id === sessionId)
        ? asks.filter((ask) => ask.session_id !== sessionId)
        : asks,
    );
  }

  #add(ask: Ask): void {
    this.#set((asks) =>
      asks.length >= MAX_ASKS || asks.some(({ ask_id }) => ask_id === ask.ask_id) ? asks : [...asks, ask],
    );
  }
}

/**
 * The asks that OpenCode does not show where the person is: the screen of a session without a parent shows those of that
 * session and of its children, every other screen none (1.18.33).
 */
export function unseen(asks: readonly Ask[], screen: string | undefined, lookup: Lookup): Ask[] {
  if (screen === undefined || lookup(screen)?.parentID !== undefined) return [...asks];
  return asks.filter(({ session_id }) => session_id !== screen && lookup(session_id)?.parentID !== screen);
}

/** Who asks, in a word or two. */
export function askerOf(ask: Ask): string {
  const who = ask.agent ?? "an agent";
  return ask.task_id ? `${ask.task_id} (${who})` : who;
}

function permissionAsk(request: PermissionRequest, lookup: Lookup, at: number): Ask {
  const { permission, patterns, command, path, diff } = permissionAbout({ ...request });
  return {
    ...common(request.id, request.sessionID, lookup, at),
    kind: "permission",
    permission,
    patterns,
    title: oneLine(`${permission} ${command || path || patterns.join(", ")}`, MAX_TITLE),
    ...(command && { command }),
    ...(path && { path }),
    ...(diff && { diff }),
    questions: [],
  };
}

function questionAsk({ id, sessionID, questions }: QuestionRequest, lookup: Lookup, at: number): Ask {
  const asked = (Array.isArray(questions) ? questions : []).map(
    ({ question, header, options, multiple }) => ({
      question,
      header,
      options: (options ?? []).map(({ label, description }) => ({ label, description })),
      multiple: multiple === true,
    }),
  );
  return {
    ...common(id, sessionID, lookup, at),
    kind: "question",
    patterns: [],
    title: oneLine(asked[0]?.question ?? "a question", MAX_TITLE),
    questions: asked,
  };
}

function common(ask_id: string, session_id: string, lookup: Lookup, asked_at: number) {
  const session = lookup(session_id);
  // OpenCode names the agent of a child session at the end of its title.
  const agent = session?.agent ?? /@([\w-]+) subagent/.exec(session?.title ?? "")?.[1];
  // Rozet names the task of a worker's session in its title.
  const task = /^Rozet task (\S+?):/.exec(session?.title ?? "")?.[1];
  return {
    ask_id,
    session_id,
    root_session_id: rootOf(session_id, lookup),
    ...(agent !== undefined && { agent }),
    ...(task !== undefined && { task_id: task }),
    asked_at,
    state: "waiting" as const,
  };
}

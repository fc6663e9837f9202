import type { Hooks } from "@opencode-ai/plugin";
import { isRecord } from "./clip.ts";

/** A hook that the plugin relies on. */
export type Relied = Exclude<keyof Hooks, "auth" | "provider" | "tool">;

/** What does not work without each of them, in words for a person. */
const LOST: Partial<Record<Relied, string>> = {
  "chat.message": "prompts are not planned",
  "experimental.chat.system.transform": "plans are not told to the model",
  "chat.params": "providers are not asked to keep thinking to themselves",
  "experimental.text.complete": "leaked thinking stays in texts",
  "experimental.chat.messages.transform": "thinking goes back to the model",
  "tool.definition": "Rozet's tools do not say which arguments they need",
  "tool.execute.before": "tool calls are not timed",
  "tool.execute.after": "tasks do not follow what tools do",
  "experimental.session.compacting": "a plan may be lost when the conversation is compacted",
  event: "what happens in sessions is not seen",
  config: "Rozet's agents and commands are missing",
};

/** What OpenCode does of which a hook should have been called. */
type Deed = "answered" | "said" | "worked" | "compacted" | "asked";

/** The hooks that should have been called by the time that a deed is seen. */
const BEFORE: Record<Deed, readonly Relied[]> = {
  answered: [
    "config",
    "chat.message",
    "chat.params",
    "experimental.chat.system.transform",
    "experimental.chat.messages.transform",
    "tool.definition",
  ],
  said: ["experimental.text.complete"],
  worked: ["tool.execute.before", "tool.execute.after"],
  compacted: ["experimental.session.compacting"],
  // Several calls of the model, and no event of any of them.
  asked: ["event"],
};

/** One deed alone may have overtaken its hook. */
const CERTAIN: Record<Deed, number> = { answered: 2, said: 2, worked: 2, compacted: 1, asked: 4 };

/** Messages under way that are remembered. */
const MAX_MESSAGES = 256;

/** Hears of hooks that were not called. */
export type OnMissing = (sessionId: string, hook: Relied, lost: string) => void;

/** Sees whether OpenCode calls the hooks that the plugin relies on: an update may silently do away with one. */
export class Contract {
  readonly #called = new Set<string>();
  readonly #seen = new Map<Deed, number>();
  /** Messages with tools that ran: the person runs commands in such messages too, for which there are no hooks. */
  readonly #worked = new Set<string>();
  readonly #told = new Set<Relied>();

  constructor(
    private readonly relied: ReadonlySet<Relied>,
    private readonly onMissing: OnMissing,
  ) {}

  /** A hook was called. */
  called(hook: string): void {
    this.#called.add(hook);
  }

  /** OpenCode tells of something that it did. Costs next to nothing for what is streamed. */
  witness(event: { type?: unknown; properties?: unknown }): void {
    const { type, properties } = event;
    if (!isRecord(properties)) return;
    switch (type) {
      case "message.part.updated":
        if (isRecord(properties.part)) this.#part(properties.part);
        break;
      case "message.updated":
        if (isRecord(properties.info)) this.#message(properties.info);
        break;
      case "session.compacted":
        this.saw("compacted", properties.sessionID);
        break;
    }
  }

  /** Notes a deed in a session, and tells of hooks that are missing by now. */
  saw(deed: Deed, sessionId: unknown): void {
    const times = (this.#seen.get(deed) ?? 0) + 1;
    this.#seen.set(deed, times);
    if (times < CERTAIN[deed] || typeof sessionId !== "string") return;
    for (const hook of BEFORE[deed]) {
      if (this.#called.has(hook) || this.#told.has(hook) || !this.relied.has(hook)) continue;
      this.#told.add(hook);
      this.onMissing(sessionId, hook, LOST[hook] ?? "something is missing");
    }
  }

  #part(part: Record<string, unknown>): void {
    if (part.type === "text" && isRecord(part.time) && typeof part.time.end === "number") {
      if (part.synthetic !== true) this.saw("said", part.sessionID);
    } else if (part.type === "tool" && isRecord(part.state) && part.state.status === "completed") {
      if (this.#worked.size < MAX_MESSAGES) this.#worked.add(String(part.messageID));
    }
  }

  #message(info: Record<string, unknown>): void {
    const ended = isRecord(info.time) && typeof info.time.completed === "number";
    if (info.role !== "assistant" || !ended) return;
    const worked = this.#worked.delete(String(info.id));
    const byModel = isRecord(info.tokens) && Number(info.tokens.output) > 0;
    if (!byModel || info.error !== undefined) return;
    this.saw("answered", info.sessionID);
    if (worked) this.saw("worked", info.sessionID);
  }
}

import type { TuiPluginApi } from "@opencode-ai/plugin/tui";
import { onCleanup } from "solid-js";
import type { Ask } from "../generated/types.ts";
import { Asks, type Lookup, unseen } from "./asks.ts";

/** Who hears of what happens in this OpenCode. */
export interface Heard {
  /** Somebody asks. */
  asked: () => void;
  /** A session's turn is over. */
  idle: (sessionId: string) => void;
}

/** The asks of this OpenCode, followed through its events until the owner ends. */
export function watchAsks(api: TuiPluginApi, lookup: Lookup, heard: Heard) {
  const asks = new Asks(lookup);
  const { event } = api;
  const ends = [
    event.on("permission.asked", ({ properties }) => {
      asks.permission(properties, Date.now());
      heard.asked();
    }),
    event.on("permission.replied", ({ properties }) => asks.settled(properties.requestID)),
    event.on("question.asked", ({ properties }) => {
      asks.question(properties, Date.now());
      heard.asked();
    }),
    event.on("question.replied", ({ properties }) => asks.settled(properties.requestID)),
    event.on("question.rejected", ({ properties }) => asks.settled(properties.requestID)),
    event.on("session.deleted", ({ properties }) => asks.ended(properties.info.id)),
    event.on("session.idle", ({ properties }) => {
      // Whoever has ended its turn waits for nothing: an interrupted ask is answered by nobody.
      asks.ended(properties.sessionID);
      heard.idle(properties.sessionID);
    }),
  ];
  onCleanup(() => {
    for (const end of ends) end();
  });
  return {
    /** The asks that are not on that screen: this OpenCode's, and those of others that the sidecar tells of. */
    unseen: (screen: string | undefined, told: readonly Ask[]): Ask[] => {
      const known = new Map(told.map((ask) => [ask.ask_id, ask]));
      const own = asks.waiting().map((ask) => completed(ask, known.get(ask.ask_id)));
      const ids = new Set(own.map(({ ask_id }) => ask_id));
      const all = [...own, ...told.filter(({ ask_id }) => !ids.has(ask_id))];
      return unseen(all, screen, lookup).sort((one, other) => one.asked_at - other.asked_at);
    },
  };
}

/** What the sidecar alone knows of an ask: whose task it holds up, and when it is denied. */
function completed(ask: Ask, told: Ask | undefined): Ask {
  if (told === undefined) return ask;
  const { task_id, expires_at } = told;
  return {
    ...ask,
    ...(task_id !== undefined && { task_id }),
    ...(expires_at !== undefined && { expires_at }),
  };
}

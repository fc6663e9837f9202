import type { TuiPluginApi } from "@opencode-ai/plugin/tui";
import { onCleanup } from "solid-js";
import type { Ask } from "../generated/types.ts";
import { Asks, type Lookup, unseen } from "./asks.ts";

/** The asks of this OpenCode, followed through its events until the owner ends; `onIdle` hears of each session whose turn is over. */
export function watchAsks(api: TuiPluginApi, lookup: Lookup, onIdle: (sessionId: string) => void) {
  const asks = new Asks(lookup);
  const { event } = api;
  const ends = [
    event.on("permission.asked", ({ properties }) => asks.permission(properties, Date.now())),
    event.on("permission.replied", ({ properties }) => asks.settled(properties.requestID)),
    event.on("question.asked", ({ properties }) => asks.question(properties, Date.now())),
    event.on("question.replied", ({ properties }) => asks.settled(properties.requestID)),
    event.on("question.rejected", ({ properties }) => asks.settled(properties.requestID)),
    event.on("session.deleted", ({ properties }) => asks.ended(properties.info.id)),
    event.on("session.idle", ({ properties }) => {
      // Whoever has ended its turn waits for nothing: an interrupted ask is answered by nobody.
      asks.ended(properties.sessionID);
      onIdle(properties.sessionID);
    }),
  ];
  onCleanup(() => {
    for (const end of ends) end();
  });
  return {
    /** The asks that are not on that screen: this OpenCode's, and those of others that the sidecar tells of. */
    unseen: (screen: string | undefined, told: readonly Ask[]): Ask[] => {
      const own = asks.waiting();
      const known = new Set(own.map(({ ask_id }) => ask_id));
      const others = told.filter(({ ask_id }) => !known.has(ask_id));
      return [...unseen(own, screen, lookup), ...unseen(others, screen, lookup)].sort(
        (one, other) => one.asked_at - other.asked_at,
      );
    },
  };
}

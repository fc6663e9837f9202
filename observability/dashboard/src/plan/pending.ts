import { textOf } from "../events/payload";
import type { StoredEvent } from "../generated/types";

/** What is known of a session's plan when it has none. */
export type NoPlan =
  | { kind: "asked"; reason: string; at: number }
  | { kind: "skipped"; reason: string }
  | { kind: "quiet" };

/** Reads why a session has no plan from its newest planning event among those held. */
export function noPlanYet(events: readonly StoredEvent[], sessionId: string): NoPlan {
  const last = events.findLast(
    (event) =>
      event.session_id === sessionId &&
      (event.hook_event_type === "PlanRequested" || event.hook_event_type === "PlanSkipped"),
  );
  if (!last) return { kind: "quiet" };
  const reason = textOf(last.payload, "reason");
  if (last.hook_event_type === "PlanSkipped") return { kind: "skipped", reason };
  return { kind: "asked", reason, at: last.timestamp };
}

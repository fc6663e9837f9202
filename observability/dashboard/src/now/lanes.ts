/** Lanes: what each agent did, on one line of time. */
import type { SessionSummary, SessionView, Span } from "../generated/types";
import { taskNameOf } from "./agents";

export interface LanePart {
  span: Span;
  /** Where it begins and how long it is, as shares of the whole width, 0 to 1. */
  start: number;
  length: number;
}

export interface Lane {
  session: SessionSummary;
  depth: number;
  taskId: string | undefined;
  parts: LanePart[];
}

/** One lane for each agent that did something between `from` and `to`, in milliseconds since 1970. */
export function lanesOf(views: readonly SessionView[], from: number, to: number): Lane[] {
  return views.flatMap((view) => {
    const sessions = [{ session: view.session, depth: 0 }, ...view.descendants];
    return sessions
      .map(({ session, depth }) => ({
        session,
        depth,
        taskId: taskNameOf(session)?.task,
        parts: view.spans
          .filter((span) => span.kind === "tool" && span.session_id === session.session_id)
          .flatMap((span) => partOf(span, from, to) ?? []),
      }))
      .filter(
        (lane) =>
          lane.parts.length > 0 || (lane.session.state === "active" && lane.session.last_event_at >= from),
      );
  });
}

function partOf(span: Span, from: number, to: number): LanePart | undefined {
  const end = span.ended_at ?? to;
  if (end < from || span.started_at > to) return undefined;
  const whole = to - from;
  const start = Math.max(0, (span.started_at - from) / whole);
  return { span, start, length: Math.max(0, Math.min(1, (end - from) / whole) - start) };
}

/** What each agent is at, read from a session with its descendants. */
import type { Ask, SessionSummary, SessionView, Span, Task, UsageSum, WaitsFor } from "../generated/types";
import { waitWords } from "../plan/words";

/** What an agent waits for, and since when in milliseconds since 1970. */
export interface Waiting {
  what: string;
  since: number;
  /** Whether a person is what it waits for. */
  isForPerson: boolean;
}

/** A task by its plan and its own id. */
export interface TaskName {
  plan: string;
  task: string;
}

export interface AgentLine {
  session: SessionSummary;
  depth: number;
  /** What it works at, when that is a task. */
  task: TaskName | undefined;
  /** The newest tool call that is under way. */
  tool: Span | undefined;
  waiting: Waiting | undefined;
  /** What it used itself. */
  usage: UsageSum;
}

/** The session and its descendants, of those only who are not over, unless `isWhole`. */
export function agentsOf(view: SessionView, asks: readonly Ask[], isWhole = false): AgentLine[] {
  const all = [{ session: view.session, depth: 0, usage: view.usage.own }, ...view.descendants];
  return all
    .filter(({ session, depth }) => isWhole || depth === 0 || session.state === "active")
    .map(({ session, depth, usage }) => {
      const name = taskNameOf(session);
      const plan = view.plans.find((one) => one.plan_id === name?.plan);
      const task = plan?.tasks.find((one) => one.task_id === name?.task);
      return {
        session,
        depth,
        task: name,
        tool: runningTool(view.spans, session.session_id),
        waiting: waitingOf(session, task, asks),
        usage,
      };
    });
}

/** A worker's task, from `plan_id task_id`. */
export function taskNameOf(session: SessionSummary): TaskName | undefined {
  const [plan, task] = session.task?.split(" ") ?? [];
  return plan && task ? { plan, task } : undefined;
}

function runningTool(spans: readonly Span[], session: string): Span | undefined {
  return spans.findLast(
    (span) => span.kind === "tool" && span.session_id === session && span.outcome === "running",
  );
}

function waitingOf(
  session: SessionSummary,
  task: Task | undefined,
  asks: readonly Ask[],
): Waiting | undefined {
  const ask = asks.find((one) => one.session_id === session.session_id && one.state === "waiting");
  if (ask) {
    const what =
      ask.kind === "question"
        ? "Waits for your answer"
        : `Waits for your word on ${ask.permission ?? "a tool"}`;
    return { what, since: ask.asked_at, isForPerson: true };
  }
  if (task?.status === "blocked") return { ...said(task.waits_for), since: task.since };
  if (session.state === "idle")
    return { what: "Waits for a prompt", since: session.last_event_at, isForPerson: false };
  return undefined;
}

function said(waits: WaitsFor | undefined): { what: string; isForPerson: boolean } {
  if (!waits) return { what: "Waits", isForPerson: false };
  const isForPerson = waits.kind === "human" || waits.kind === "permission";
  return { what: `${waitWords(waits.kind)}: ${waits.what}`, isForPerson };
}

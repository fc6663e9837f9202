import type {
  LinkFrame,
  Plan,
  RunView,
  Task,
  TaskStatus,
  TaskView,
  WaitsFor,
  WaitsForKind,
} from "../generated/types.ts";
import { lasting } from "./clock.ts";

/** A colour of the theme. */
export type Tone = "success" | "error" | "warning" | "info" | "text" | "textMuted" | "border";

/** How a task's status looks. */
export interface Look {
  symbol: string;
  tone: Tone;
}

const LOOKS: Record<TaskStatus, Look> = {
  planned: { symbol: "○", tone: "textMuted" },
  ready: { symbol: "◌", tone: "text" },
  running: { symbol: "▸", tone: "info" },
  verifying: { symbol: "◐", tone: "info" },
  completed: { symbol: "✓", tone: "success" },
  failed: { symbol: "✗", tone: "error" },
  blocked: { symbol: "‖", tone: "warning" },
  cancelled: { symbol: "–", tone: "textMuted" },
};

const WAITED_FOR: Record<WaitsForKind, string> = {
  permission: "a permission",
  lock: "a lock",
  provider: "the provider",
  human: "you",
  budget: "the budget",
  task: "another task",
};

/** How a status looks; one that this version does not know is shown as it is. */
export function lookOf(status: TaskStatus): Look {
  return LOOKS[status] ?? { symbol: "?", tone: "textMuted" };
}

/** Whether somebody is at the task now. */
export function isUnderWay(task: Task): boolean {
  return task.status === "running" || task.status === "verifying";
}

/** What the run's view says of a task; undefined when the task is in no run. */
export function viewOf(run: RunView | undefined, task: Task): TaskView | undefined {
  return run?.tasks.find((view) => view.task.task_id === task.task_id);
}

/** What a task waits for, in a few words such as `a permission`; undefined when it waits for nothing worth telling. */
export function waitedFor(waits: WaitsFor | undefined): string | undefined {
  return waits && `waits for ${WAITED_FOR[waits.kind] ?? waits.kind}`;
}

/** One line under a task: what it waits for and since when, what is done, or why it failed; none for the others. */
export function noteOf(task: Task, now: number, view?: TaskView): string | undefined {
  const since = lasting(now - task.since);
  // Only what is blocked waits for something that is not in the plan itself.
  if (task.status === "blocked") {
    const waits = task.waits_for ?? view?.waits_for;
    return waits ? `${waitedFor(waits)} · ${since}: ${waits.what}` : `blocked · ${since}`;
  }
  if (task.status === "ready" && view?.waits_for)
    return `${waitedFor(view.waits_for)}: ${view.waits_for.what}`;
  if (isUnderWay(task)) {
    const doing = task.status === "verifying" ? "checks run" : view?.activity;
    return doing ? `${since} · ${doing}` : since;
  }
  if (task.status === "failed") return task.evidence.findLast((seen) => seen.outcome === "failed")?.detail;
  if (task.claim && task.status !== "completed" && task.status !== "cancelled") {
    return "said to be done, not proved yet";
  }
  return undefined;
}

/** How many of a plan's tasks are proved, and how many there are. */
export function progressOf(plan: Plan): { done: number; all: number } {
  return { done: plan.tasks.filter((task) => task.status === "completed").length, all: plan.tasks.length };
}

/** Who carries the plan out, when it is not the session's own model. */
export function carrierOf(plan: Plan, run: RunView | undefined): string | undefined {
  if (run === undefined || run.run.plan_id !== plan.plan_id || run.run.worker === "none") return undefined;
  const who = run.run.worker === "local" ? "Rozet's own workers" : "OpenCode's workers";
  const { status, reason } = run.run;
  // A blocked task says itself what it waits for.
  const isSaid = plan.tasks.some((task) => task.status === "blocked");
  return `${who}: ${status === "paused" && reason && !isSaid ? `paused, ${reason}` : status}`;
}

/** The plan to show after a frame: the session's newest, with its tasks as last heard. */
export function nextPlan(
  shown: Plan | undefined,
  frame: LinkFrame,
  sessionId: string | undefined,
): Plan | undefined {
  if (frame.type === "plan") {
    const { plan } = frame;
    if (plan.session_id !== sessionId) return shown;
    const newer = shown?.session_id !== sessionId || plan.created_at >= shown.created_at;
    return newer ? plan : shown;
  }
  if (frame.type === "task" && shown?.plan_id === frame.plan_id) {
    const tasks = shown.tasks.map((task) => (task.task_id === frame.task.task_id ? frame.task : task));
    return { ...shown, tasks };
  }
  return shown;
}

/** Cuts a text to one line of at most `limit` characters. */
export function oneLine(text: string, limit: number): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= limit ? line : `${line.slice(0, limit - 1).trimEnd()}…`;
}

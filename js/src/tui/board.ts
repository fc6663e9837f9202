import type { LinkFrame, Plan, Task, TaskStatus } from "../generated/types.ts";

/** A colour of the theme. */
export type Tone = "success" | "error" | "warning" | "info" | "text" | "textMuted";

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

/** How a status looks; one that this version does not know is shown as it is. */
export function lookOf(status: TaskStatus): Look {
  return LOOKS[status] ?? { symbol: "?", tone: "textMuted" };
}

/** One line under a task that says why it does not go on; none for the others. */
export function noteOf(task: Task): string | undefined {
  if (task.status === "blocked" && task.waits_for) {
    return `waits for ${task.waits_for.kind}: ${task.waits_for.what}`;
  }
  if (task.status === "failed") return task.evidence.findLast((seen) => seen.outcome === "failed")?.detail;
  return undefined;
}

/** How far a plan is, such as `2/4`. */
export function progressOf(plan: Plan): string {
  const done = plan.tasks.filter((task) => task.status === "completed").length;
  return `${done}/${plan.tasks.length}`;
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

/** Plans, tasks and checks in words. */
import type { Tone } from "../events/kinds";
import { counted } from "../format/units";
import type { Check, CheckOutcome, Plan, TaskStatus, WaitsForKind } from "../generated/types";

export const STATUS_TONES: Readonly<Record<TaskStatus, Tone>> = {
  planned: "calm",
  ready: "ask",
  running: "run",
  verifying: "prove",
  completed: "good",
  failed: "bad",
  blocked: "wait",
  cancelled: "calm",
};

/** The order in which a plan's progress counts its tasks: what is done first. */
export const STATUS_ORDER: readonly TaskStatus[] = [
  "completed",
  "verifying",
  "running",
  "blocked",
  "failed",
  "ready",
  "planned",
  "cancelled",
];

export const OUTCOMES: Readonly<Record<CheckOutcome | "waiting", { label: string; tone: Tone }>> = {
  passed: { label: "passed", tone: "good" },
  failed: { label: "failed", tone: "bad" },
  not_run: { label: "not run", tone: "wait" },
  waiting: { label: "not checked yet", tone: "calm" },
};

const WAITS: Readonly<Record<WaitsForKind, string>> = {
  permission: "Waits for a permission",
  lock: "Waits for a lock",
  provider: "Waits for the provider",
  human: "Waits for a person",
  budget: "Waits for budget",
  task: "Waits for another task",
};

export function waitWords(kind: WaitsForKind): string {
  return WAITS[kind] ?? `Waits for: ${kind}`;
}

/** Who made the plan. */
export function originWords(plan: Plan): string {
  if (plan.origin === "model") return `Planned by ${plan.model ?? "the model"}`;
  return plan.origin === "hand" ? "Written by hand" : "Planned by the built-in planner";
}

/** What the plan is about; a plan that has no summary of its own only counts its tasks. */
export function planTitle(plan: Plan): string {
  const isOwn = plan.summary.trim() !== "" && plan.summary.trim() !== plan.request.trim();
  return isOwn ? plan.summary : `Plan with ${counted(plan.tasks.length, "task")}`;
}

/** A check in two parts: what is looked at, exactly, and what must be true of it. */
export interface CheckWords {
  subject: string;
  /** The words after the subject. */
  says: string;
  /** A further exact text that the words lead to. */
  object?: string;
}

export function checkWords(check: Check): CheckWords {
  switch (check.type) {
    case "command":
      return { subject: check.command, says: "exits with 0" };
    case "file_exists":
      return { subject: check.path, says: "exists" };
    case "file_contains":
      return { subject: check.path, says: "contains", object: check.text };
    case "file_unchanged":
      return { subject: check.path, says: "is unchanged" };
    case "only_touched":
      return { subject: "", says: "nothing else is changed but", object: check.paths.join(", ") };
    case "manual":
      return { subject: "", says: check.question };
    default:
      return { subject: "", says: "a check that this page does not know" };
  }
}

/** A plan under a person's hands, before it is executed. */
import type { Check, Plan, TaskDraft } from "../generated/types";

/** True while none of its tasks has moved: only such a plan may be changed. */
export function isUntouched(plan: Plan): boolean {
  return plan.tasks.every(
    (task) =>
      (task.status === "planned" || task.status === "ready") && !task.claim && task.evidence.length === 0,
  );
}

export function draftsOf(plan: Plan): TaskDraft[] {
  return plan.tasks.map(({ task_id, description, files, checks, depends_on }) => ({
    task_id,
    description,
    files: [...files],
    checks: checks.map((check) => ({ ...check })),
    depends_on: [...depends_on],
  }));
}

/** The first of `T1`, `T2`, … that is free. */
export function freeId(drafts: readonly TaskDraft[]): string {
  const taken = new Set(drafts.map((draft) => draft.task_id));
  let number = drafts.length + 1;
  while (taken.has(`T${number}`)) number += 1;
  return `T${number}`;
}

/** The drafts with one moved up (-1) or down (1). */
export function moved(drafts: readonly TaskDraft[], at: number, by: -1 | 1): TaskDraft[] {
  const to = at + by;
  const one = drafts[at];
  const other = drafts[to];
  if (!one || !other) return [...drafts];
  return drafts.with(at, other).with(to, one);
}

/** The drafts without one, and without anybody's dependence on it. */
export function without(drafts: readonly TaskDraft[], at: number): TaskDraft[] {
  const gone = drafts[at]?.task_id;
  return drafts
    .filter((_, index) => index !== at)
    .map((draft) => ({ ...draft, depends_on: draft.depends_on.filter((id) => id !== gone) }));
}

/** The kinds of checks that can be written, in words. */
export const CHECK_KINDS: readonly { type: Check["type"]; label: string }[] = [
  { type: "command", label: "command exits with 0" },
  { type: "file_exists", label: "file exists" },
  { type: "file_contains", label: "file contains" },
  { type: "file_unchanged", label: "file is unchanged" },
  { type: "only_touched", label: "nothing else is changed" },
  { type: "manual", label: "a person judges" },
];

/** A check of another kind with nothing in it yet. */
export function emptyCheck(type: Check["type"]): Check {
  switch (type) {
    case "command":
      return { type, command: "" };
    case "file_contains":
      return { type, path: "", text: "" };
    case "only_touched":
      return { type, paths: [] };
    case "manual":
      return { type, question: "" };
    default:
      return { type, path: "" };
  }
}

/** What is wrong with the drafts, in words; empty when they can be sent. The sidecar looks closer. */
export function faultsOf(drafts: readonly TaskDraft[]): string[] {
  const faults = drafts
    .filter((draft) => draft.description.trim() === "")
    .map((draft) => `${draft.task_id} says nothing about what is to be done.`);
  if (drafts.length === 0) faults.push("A plan needs at least one task.");
  const circle = circleOf(drafts);
  if (circle) faults.push(`${circle} would wait for itself.`);
  return faults;
}

/** A task that depends on itself, over others or not. */
function circleOf(drafts: readonly TaskDraft[]): string | undefined {
  const byId = new Map(drafts.map((draft) => [draft.task_id, draft]));
  for (const start of byId.keys()) {
    const open = [...(byId.get(start)?.depends_on ?? [])];
    const seen = new Set<string>();
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (id === start) return start;
      if (seen.has(id)) continue;
      seen.add(id);
      open.push(...(byId.get(id)?.depends_on ?? []));
    }
  }
  return undefined;
}

/** Lines of a text as a list. */
export function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}

/** What may be done with a task as it stands. */
import type { RestoredFile, Task, TaskView } from "../generated/types";

export interface MayDo {
  cancel: boolean;
  retry: boolean;
  confirm: boolean;
  undo: boolean;
}

/** Only what makes sense is offered; the sidecar decides. A task outside of a run can only be confirmed. */
export function mayDo(task: Task, view: TaskView | undefined): MayDo {
  const isInRun = view?.run_id !== undefined;
  const isOpen = !["completed", "failed", "cancelled"].includes(task.status);
  const isAsking = (view?.waits_for ?? task.waits_for)?.kind === "human";
  const hasManual = task.checks.some((check) => check.type === "manual");
  const isUnderWay = task.status === "running" || task.status === "verifying";
  return {
    cancel: isInRun && isOpen,
    retry: isInRun && ["failed", "cancelled", "blocked"].includes(task.status),
    confirm: isOpen && isAsking && hasManual,
    undo: !isUnderWay && (view?.attempts.some((attempt) => attempt.files.length > 0) ?? false),
  };
}

/** What an undo would do, file by file. */
export function undoLines(files: readonly RestoredFile[]): string[] {
  return files.map(({ path, action }) =>
    action === "remove" ? `${path} is removed.` : `${path} becomes what it was before.`,
  );
}

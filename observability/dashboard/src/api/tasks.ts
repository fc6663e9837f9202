import type { TaskPage, TaskView, Undone } from "../generated/types";
import { act, getJson } from "./http";

/** The tasks of a plan with their attempts. */
export async function fetchTasks(planId: string, signal: AbortSignal): Promise<TaskView[]> {
  return (await getJson<{ tasks: TaskView[] }>(`/v1/tasks?plan_id=${encodeURIComponent(planId)}`, signal))
    .tasks;
}

/** Everything that is known of one task. */
export function fetchTask(planId: string, taskId: string, signal: AbortSignal): Promise<TaskPage> {
  return getJson<TaskPage>(pathOf(planId, taskId), signal);
}

/** What may be done with a task beside undoing it. */
export type TaskAct = "cancel" | "retry" | "confirm";

export function actOnTask(planId: string, taskId: string, what: TaskAct): Promise<TaskView> {
  return act<TaskView>("POST", `${pathOf(planId, taskId)}/${what}`);
}

/** Restores a task's files as they were before it; with `isPreview` it only tells what that would mean. */
export function undoTask(planId: string, taskId: string, isPreview: boolean): Promise<Undone> {
  return act<Undone>("POST", `${pathOf(planId, taskId)}/undo`, { preview: isPreview });
}

function pathOf(planId: string, taskId: string): string {
  return `/v1/tasks/${encodeURIComponent(planId)}/${encodeURIComponent(taskId)}`;
}

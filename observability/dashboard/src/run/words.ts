/** Runs and attempts in words. */
import type { Tone } from "../events/kinds";
import { counted } from "../format/units";
import type { AttemptOutcome, Run, RunStatus, WorkerKind } from "../generated/types";

export const RUN_TONES: Readonly<Record<RunStatus, Tone>> = {
  running: "run",
  paused: "wait",
  completed: "good",
  failed: "bad",
  cancelled: "calm",
};

export const ATTEMPT_TONES: Readonly<Record<AttemptOutcome, Tone>> = {
  running: "run",
  passed: "good",
  failed: "bad",
  interrupted: "wait",
  cancelled: "calm",
  blocked: "wait",
};

const WORKERS: Readonly<Record<WorkerKind, string>> = {
  opencode: "sessions of OpenCode",
  local: "Rozet's own workers",
  none: "nobody: checks alone",
};

/** Who works, and how many at once. */
export function workerWords(run: Pick<Run, "worker" | "parallel">): string {
  const who = WORKERS[run.worker];
  return run.worker === "none" ? who : `${who}, ${counted(run.parallel, "task")} at once`;
}

export function workerName(worker: WorkerKind): string {
  return WORKERS[worker];
}

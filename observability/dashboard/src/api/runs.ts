import type { BudgetChange, Run } from "../generated/types";
import { act } from "./http";

export type RunAct = "cancel" | "pause" | "resume" | "retry";

/** Lets workers carry a plan out. */
export function startRun(planId: string): Promise<Run> {
  return act<Run>("POST", "/v1/runs", { plan_id: planId });
}

export function actOnRun(runId: string, what: RunAct): Promise<Run> {
  return act<Run>("POST", `/v1/runs/${encodeURIComponent(runId)}/${what}`);
}

/** Changes what a run may use from now on; what is absent stays. */
export function setBudget(runId: string, budget: BudgetChange): Promise<Run> {
  return act<Run>("POST", `/v1/runs/${encodeURIComponent(runId)}/budget`, budget);
}

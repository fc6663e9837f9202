import type { Plan, PlanEdit } from "../generated/types";
import { act } from "./http";

/** Puts other tasks in the place of a plan's, in this order. Refused once a run has begun or a task has moved. */
export function changePlan(planId: string, edit: PlanEdit): Promise<Plan> {
  return act<Plan>("PUT", `/v1/plans/${encodeURIComponent(planId)}`, edit);
}

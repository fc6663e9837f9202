import type { Check, Evidence, Plan, Task, TaskStatus } from "../generated/types";
import { STATUS_ORDER } from "./words";

/** A check beside what was seen of it, if anything was. */
export interface Proof {
  check: Check;
  evidence: Evidence | undefined;
}

/** Each check of the task with its evidence; evidence of checks that the task no longer has comes last. */
export function proofsOf(task: Pick<Task, "checks" | "evidence">): Proof[] {
  const left = [...task.evidence];
  const proofs: Proof[] = task.checks.map((check) => {
    const at = left.findIndex((evidence) => sameCheck(evidence.check, check));
    return { check, evidence: at < 0 ? undefined : left.splice(at, 1)[0] };
  });
  return [...proofs, ...left.map((evidence) => ({ check: evidence.check, evidence }))];
}

function sameCheck(a: Check, b: Check): boolean {
  const fields = new Map<string, unknown>(Object.entries(b));
  const own = Object.entries(a);
  return own.length === fields.size && own.every(([name, value]) => fields.get(name) === value);
}

export interface StatusCount {
  status: TaskStatus;
  tasks: number;
}

/** How many tasks of a plan stand where, without the states that none is in. */
export function statusCounts(plan: Plan): StatusCount[] {
  return STATUS_ORDER.map((status) => ({
    status,
    tasks: plan.tasks.filter((task) => task.status === status).length,
  })).filter((count) => count.tasks > 0);
}

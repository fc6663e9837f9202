import type { Plan, Task } from "../../src/generated/types.ts";

/** A task with nothing special about it. */
export function task(task_id: string, changes: Partial<Task> = {}): Task {
  return {
    task_id,
    description: `Do ${task_id}`,
    files: [],
    checks: [],
    depends_on: [],
    status: "planned",
    since: 1,
    evidence: [],
    ...changes,
  };
}

/** A plan of one session. */
export function plan(session_id: string, plan_id: string, changes: Partial<Plan> = {}): Plan {
  return {
    plan_id,
    session_id,
    directory: "/w",
    request: "do it",
    summary: "Do it",
    origin: "model",
    tasks: [task("T1")],
    created_at: 1,
    latency_ms: 1,
    usage: { input_tokens: 0, output_tokens: 0 },
    prompt_version: "1",
    ...changes,
  };
}

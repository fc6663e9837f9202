import type { Ask, Plan, Run, RunView, Task, UsageSum } from "../../src/generated/types.ts";

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

/** A run of a plan by OpenCode's workers. */
export function runView(plan_id: string, tasks: Task[], changes: Partial<Run> = {}): RunView {
  const run: Run = {
    run_id: "r1",
    plan_id,
    session_id: "s",
    directory: "/w",
    worker: "opencode",
    status: "running",
    parallel: 4,
    limits: {
      max_attempts: 2,
      task_wall_ms: 1,
      run_wall_ms: 1,
      task_tokens: 1,
      task_usd: 1,
      run_tokens: 1,
      run_usd: 1,
    },
    usage: { input_tokens: 0, output_tokens: 0 },
    started_at: 1,
    since: 1,
    ...changes,
  };
  return { run, summary: "Do it", tasks: tasks.map((task) => ({ plan_id, task, attempts: [] })) };
}

/** A permission that a grandchild waits for. */
export function ask(ask_id: string, changes: Partial<Ask> = {}): Ask {
  return {
    ask_id,
    kind: "permission",
    session_id: "grandchild",
    root_session_id: "root",
    permission: "bash",
    patterns: ["touch x"],
    title: "bash touch x",
    questions: [],
    asked_at: 0,
    state: "waiting",
    ...changes,
  };
}

/** Tokens and cost, added up. */
export function sum(
  input_tokens: number,
  output_tokens: number,
  cost_usd: number,
  changes: Partial<UsageSum> = {},
): UsageSum {
  return {
    input_tokens,
    output_tokens,
    reasoning_tokens: 0,
    cache_read_tokens: 0,
    cache_write_tokens: 0,
    cost_usd,
    cost_estimated: false,
    cost_incomplete: false,
    turns: 1,
    ...changes,
  };
}

/** Events, sessions and plans for tests; each takes the fields that matter to the test. */
import { NOTHING_USED } from "../format/usage";
import type {
  Ask,
  Attempt,
  Evidence,
  Plan,
  Run,
  SessionSummary,
  SessionView,
  Span,
  StoredEvent,
  Task,
  TaskView,
} from "../generated/types";

let lastId = 0;

export function anEvent(fields: Partial<StoredEvent> = {}): StoredEvent {
  const id = fields.id ?? ++lastId;
  return {
    id,
    event_id: `rozet-opencode.1.aaaaaaaa.${id}`,
    source_app: "rozet-opencode",
    session_id: "ses_1",
    hook_event_type: "Notification",
    payload: {},
    timestamp: 1_800_000_000_000 + id,
    ...fields,
  };
}

/** Events with the ids `from` to `to`, both included. */
export function eventsBetween(from: number, to: number, fields: Partial<StoredEvent> = {}): StoredEvent[] {
  return Array.from({ length: to - from + 1 }, (_, index) => anEvent({ ...fields, id: from + index }));
}

export function aSession(fields: Partial<SessionSummary> = {}): SessionSummary {
  return {
    session_id: "ses_1",
    source_app: "rozet-opencode",
    state: "active",
    first_event_at: 1_800_000_000_000,
    last_event_at: 1_800_000_000_000,
    events: 1,
    ...fields,
  };
}

export function aTask(fields: Partial<Task> = {}): Task {
  return {
    task_id: "T1",
    description: "Write hello.py",
    files: ["hello.py"],
    checks: [{ type: "file_exists", path: "hello.py" }],
    depends_on: [],
    status: "planned",
    since: 1_800_000_000_000,
    evidence: [],
    ...fields,
  };
}

export function anEvidence(fields: Partial<Evidence> = {}): Evidence {
  return {
    check: { type: "file_exists", path: "hello.py" },
    outcome: "passed",
    detail: "hello.py is there, 22 bytes",
    observed_at: 1_800_000_000_000,
    duration_ms: 3,
    ...fields,
  };
}

export function aPlan(fields: Partial<Plan> = {}): Plan {
  return {
    plan_id: "plan_1",
    session_id: "ses_1",
    directory: "/home/ada/work/shop",
    request: "create a hello world python script",
    summary: "Write and run a hello world script",
    origin: "model",
    model: "scripted/planner",
    tasks: [aTask()],
    created_at: 1_800_000_000_000,
    latency_ms: 840,
    usage: { input_tokens: 900, output_tokens: 120 },
    prompt_version: "1",
    ...fields,
  };
}

export function aSessionView(fields: Partial<SessionView> = {}): SessionView {
  return {
    session: aSession(),
    descendants: [],
    more_descendants: false,
    plans: [],
    spans: [],
    more_spans: false,
    usage: {
      own: NOTHING_USED,
      inclusive: NOTHING_USED,
      planning: NOTHING_USED,
      by_model: [],
      by_agent: [],
      by_task: [],
    },
    ...fields,
  };
}

export function aSpan(fields: Partial<Span> = {}): Span {
  return {
    session_id: "ses_1",
    kind: "tool",
    key: "call_1",
    tool: "bash",
    started_at: 1_800_000_000_000,
    outcome: "running",
    began: 1,
    ...fields,
  };
}

export function anAsk(fields: Partial<Ask> = {}): Ask {
  return {
    ask_id: "per_1",
    kind: "permission",
    session_id: "ses_1",
    root_session_id: "ses_1",
    agent: "build",
    permission: "bash",
    patterns: ["rm *"],
    title: "Run a command",
    command: "rm -rf build",
    questions: [],
    asked_at: 1_800_000_000_000,
    state: "waiting",
    ...fields,
  };
}

export function aRun(fields: Partial<Run> = {}): Run {
  return {
    run_id: "run_1",
    plan_id: "plan_1",
    session_id: "ses_1",
    directory: "/home/ada/work/shop",
    worker: "local",
    status: "running",
    parallel: 4,
    limits: {
      max_attempts: 2,
      task_wall_ms: 900_000,
      run_wall_ms: 7_200_000,
      task_tokens: 400_000,
      task_usd: 1,
      run_tokens: 3_000_000,
      run_usd: 5,
    },
    usage: { input_tokens: 900, output_tokens: 100, cost_usd: 0.5 },
    started_at: 1_800_000_000_000,
    since: 1_800_000_000_000,
    ...fields,
  };
}

export function anAttempt(fields: Partial<Attempt> = {}): Attempt {
  return {
    run_id: "run_1",
    plan_id: "plan_1",
    task_id: "T1",
    number: 1,
    worker: "local",
    outcome: "passed",
    evidence: [],
    files: [],
    drift: [],
    usage: { input_tokens: 0, output_tokens: 0 },
    started_at: 1_800_000_000_000,
    ...fields,
  };
}

export function aTaskView(fields: Partial<TaskView> = {}): TaskView {
  return { plan_id: "plan_1", task: aTask(), attempts: [], ...fields };
}

/** Events, sessions and plans for tests; each takes the fields that matter to the test. */
import type { Evidence, Plan, SessionSummary, StoredEvent, Task } from "../generated/types";

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

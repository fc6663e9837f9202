// Generated from the Rust types by `cargo xtask types`. Do not edit.

/**
 * One fact, as it is spooled, sent, stored and streamed.
 */
export type Event = { 
/**
 * Unique for ever. Rozet's producers use `<producer>.<seq>`.
 */
event_id: string, 
/**
 * The running process that made the event; empty for events of the known form, which carry none.
 */
producer?: string, 
/**
 * Counts 1, 2, 3… per producer, without holes; 0 for events of the known form.
 */
seq?: number, 
/**
 * The program that speaks, such as `rozet-opencode`; see [`source`].
 */
source_app: string, 
/**
 * The OpenCode session, or what stands for one in the source.
 */
session_id: string, 
/**
 * An [`EventKind`] name; names of other programs are kept as they are.
 */
hook_event_type: string, 
/**
 * What happened; a JSON object whose fields depend on the type.
 */
payload: Record<string, unknown>, 
/**
 * When it happened, in milliseconds since 1970 by the producer's clock.
 */
timestamp: number, 
/**
 * The model at work, when the source knows it.
 */
model_name?: string, 
/**
 * One line for a reader, when the source made one.
 */
summary?: string, };

/**
 * An event with the number that the store gave it.
 */
export type StoredEvent = { 
/**
 * Rises with each stored event; the order in which readers see them.
 */
id: number, 
/**
 * Unique for ever. Rozet's producers use `<producer>.<seq>`.
 */
event_id: string, 
/**
 * The running process that made the event; empty for events of the known form, which carry none.
 */
producer?: string, 
/**
 * Counts 1, 2, 3… per producer, without holes; 0 for events of the known form.
 */
seq?: number, 
/**
 * The program that speaks, such as `rozet-opencode`; see [`source`].
 */
source_app: string, 
/**
 * The OpenCode session, or what stands for one in the source.
 */
session_id: string, 
/**
 * An [`EventKind`] name; names of other programs are kept as they are.
 */
hook_event_type: string, 
/**
 * What happened; a JSON object whose fields depend on the type.
 */
payload: Record<string, unknown>, 
/**
 * When it happened, in milliseconds since 1970 by the producer's clock.
 */
timestamp: number, 
/**
 * The model at work, when the source knows it.
 */
model_name?: string, 
/**
 * One line for a reader, when the source made one.
 */
summary?: string, };

/**
 * The body of `POST /v1/events`. Events are read one by one, so that a bad one costs only itself.
 */
export type EventBatch = { 
/**
 * The process that made the events.
 */
producer: string, 
/**
 * The events, in the order of `seq`.
 */
events: Array<Event>, 
/**
 * Pieces of streamed text and of tool calls that the producer put together instead of making an event of each, since
 * it began.
 */
coalesced: number, 
/**
 * Events that the producer had to give up, since it began: there was no room for them.
 */
dropped: number, };

/**
 * The answer to a batch, given only after the commit.
 */
export type BatchAck = { 
/**
 * The process that made the events.
 */
producer: string, 
/**
 * Every event up to this `seq` is either stored or named in a rejection: the producer may forget them.
 */
acked_seq: number, 
/**
 * How many were new.
 */
stored: number, 
/**
 * How many had been stored before.
 */
duplicates: number, 
/**
 * What was wrong with the others.
 */
rejected: Array<Rejection>, };

/**
 * One event of a batch that could not be stored.
 */
export type Rejection = { 
/**
 * The event's place in the batch, from 0.
 */
index: number, 
/**
 * The field that is wrong, as a path such as `payload`.
 */
field: string, 
/**
 * What was expected there.
 */
message: string, };

/**
 * What one prompt became.
 */
export type Plan = { 
/**
 * Unique for ever.
 */
plan_id: string, 
/**
 * The session whose prompt was planned.
 */
session_id: string, 
/**
 * The workspace, an absolute path.
 */
directory: string, 
/**
 * The prompt, redacted.
 */
request: string, 
/**
 * One line that says what the plan is about.
 */
summary: string, 
/**
 * Who made it.
 */
origin: PlanOrigin, 
/**
 * Why it is not the model's, in words for a person; none when it is.
 */
reason?: string, 
/**
 * The model that was asked, as `provider/model`.
 */
model?: string, 
/**
 * The tasks, in the order of `task_id`.
 */
tasks: Array<Task>, 
/**
 * Milliseconds since 1970.
 */
created_at: number, 
/**
 * From the request to the plan, in milliseconds.
 */
latency_ms: number, 
/**
 * What the planner's model calls used.
 */
usage: Usage, 
/**
 * Names the planner's prompt, so that plans can be compared across its changes.
 */
prompt_version: string, };

/**
 * Who made a plan.
 */
export type PlanOrigin = "model" | "offline" | "hand";

/**
 * What model calls used, as the provider counted it; zero where it did not say.
 */
export type Usage = { 
/**
 * Tokens sent, cached ones included.
 */
input_tokens: number, 
/**
 * Tokens received, reasoning included.
 */
output_tokens: number, 
/**
 * US dollars; none when neither the provider nor the price table says.
 */
cost_usd?: number, 
/**
 * Whether `cost_usd` comes from the price table, not from the provider.
 */
cost_estimated?: boolean, };

/**
 * One step of a plan.
 */
export type Task = { 
/**
 * `T1`, `T2`, …: unique within its plan.
 */
task_id: string, 
/**
 * What is to be done, in one or two sentences.
 */
description: string, 
/**
 * Paths that the task will write, relative to the workspace.
 */
files: Array<string>, 
/**
 * What proves it.
 */
checks: Array<Check>, 
/**
 * Tasks that must be completed first.
 */
depends_on: Array<string>, 
/**
 * Where it stands.
 */
status: TaskStatus, 
/**
 * What a `blocked` task waits for.
 */
waits_for?: WaitsFor, 
/**
 * When `status` last changed, in milliseconds since 1970.
 */
since: number, 
/**
 * What the one who did the work says.
 */
claim?: Claim, 
/**
 * What the sidecar saw at the last verification, one for each check.
 */
evidence: Array<Evidence>, };

/**
 * The states of a task.
 */
export type TaskStatus = "planned" | "ready" | "running" | "verifying" | "completed" | "failed" | "blocked" | "cancelled";

/**
 * What a blocked task waits for.
 */
export type WaitsFor = { 
/**
 * The sort of thing.
 */
kind: WaitsForKind, 
/**
 * Which one, in words for a person.
 */
what: string, };

/**
 * The sorts of things that a task can wait for.
 */
export type WaitsForKind = "permission" | "lock" | "provider" | "human" | "budget" | "task";

/**
 * A criterion of success.
 */
export type Check = { "type": "command", 
/**
 * One line for `sh -c`.
 */
command: string, } | { "type": "file_exists", 
/**
 * Relative to the workspace.
 */
path: string, } | { "type": "file_contains", 
/**
 * Relative to the workspace.
 */
path: string, 
/**
 * The text, exactly.
 */
text: string, } | { "type": "file_unchanged", 
/**
 * Relative to the workspace.
 */
path: string, } | { "type": "only_touched", 
/**
 * What may be changed, relative to the workspace; a path with a trailing `/` stands for all below it.
 */
paths: Array<string>, } | { "type": "manual", 
/**
 * What the person is to judge.
 */
question: string, };

/**
 * What came of a check.
 */
export type CheckOutcome = "passed" | "failed" | "not_run";

/**
 * The word of the one who did the work.
 */
export type Claim = { 
/**
 * Who says so: a tool's name, `todo`, or an agent.
 */
by: string, 
/**
 * What they say.
 */
statement: string, 
/**
 * Milliseconds since 1970.
 */
at: number, };

/**
 * What the sidecar saw when it ran one check.
 */
export type Evidence = { 
/**
 * The check.
 */
check: Check, 
/**
 * What came of it.
 */
outcome: CheckOutcome, 
/**
 * What was seen, or why nothing could be, in words for a person; bounded.
 */
detail: string, 
/**
 * Milliseconds since 1970.
 */
observed_at: number, 
/**
 * How long the check took, in milliseconds.
 */
duration_ms: number, 
/**
 * SHA-256 of the file that was looked at, in hex.
 */
sha256?: string, };

/**
 * The body of `POST /v1/plans`.
 */
export type PlanRequest = { 
/**
 * Chosen by the one who asks; asking twice with the same id is one request.
 */
plan_id: string, 
/**
 * The session whose prompt it is.
 */
session_id: string, 
/**
 * The workspace, an absolute path.
 */
directory: string, 
/**
 * The prompt.
 */
text: string, 
/**
 * Why the gate wants a plan.
 */
gate_reason: string, 
/**
 * The program that asks; the plan's events carry its name. The sidecar's own when absent.
 */
source_app?: string, 
/**
 * OpenCode's agent, when known.
 */
agent?: string, 
/**
 * The session's model as `provider/model`, when known.
 */
session_model?: string, 
/**
 * At most this many tasks; the sidecar's setting when absent.
 */
max_tasks?: number, 
/**
 * The producer whose link leads to the session's OpenCode, when there is one.
 */
producer?: string, 
/**
 * A provider for this request alone, over every setting.
 */
provider?: string, 
/**
 * A model for this request alone, over every setting.
 */
model?: string, 
/**
 * A settings file for this request alone, an absolute path, in place of the project's and the person's.
 */
config?: string, 
/**
 * Whether workers are to carry the plan out as soon as it is there; the sidecar's setting when absent.
 */
execute?: boolean, };

/**
 * The immediate answer to a [`PlanRequest`]; the plan follows on the link.
 */
export type PlanAccepted = { 
/**
 * The plan to expect.
 */
plan_id: string, };

/**
 * The answer of `POST /v1/plans/{plan_id}/cancel`.
 */
export type PlanCancelled = { 
/**
 * The plan.
 */
plan_id: string, 
/**
 * Whether it was in the making; a plan that is ready, or was never asked for, stays as it is.
 */
cancelled: boolean, };

/**
 * One frame of the stream `GET /v1/link`, as the data of a server-sent event.
 */
export type LinkFrame = { "type": "hello", 
/**
 * The sidecar's version.
 */
version: string, 
/**
 * [`crate::PROTOCOL_VERSION`] of the sidecar.
 */
protocol: number, } | { "type": "plan", 
/**
 * The whole plan.
 */
plan: Plan, } | { "type": "task", 
/**
 * Its plan.
 */
plan_id: string, 
/**
 * Its session.
 */
session_id: string, 
/**
 * The whole task.
 */
task: Task, } | { "type": "run", 
/**
 * What its session is told.
 */
run: RunNotice, } | { "type": "call", 
/**
 * The call.
 */
call: OpenCodeCall, } | { "type": "resync" };

/**
 * One request to OpenCode's REST API, for a plugin to make in its own process.
 */
export type OpenCodeCall = { 
/**
 * Chosen by the sidecar; the answer repeats it.
 */
id: string, 
/**
 * The HTTP method.
 */
method: CallMethod, 
/**
 * The path, such as `/session`, without host and query.
 */
path: string, 
/**
 * The JSON body, when the call has one.
 */
body?: unknown, 
/**
 * Longest wait for OpenCode's answer, in milliseconds.
 */
timeout_ms: number, };

/**
 * The methods that calls use.
 */
export type CallMethod = "GET" | "POST" | "DELETE";

/**
 * The body of `POST /v1/link/answers`: what came of an [`OpenCodeCall`].
 */
export type CallAnswer = { 
/**
 * The call.
 */
id: string, 
/**
 * OpenCode's HTTP status; 0 when the call could not be made, or is not one that the plugin makes.
 */
status: number, 
/**
 * OpenCode's answer, decoded; null when it had none.
 */
body: unknown, 
/**
 * Why the call could not be made, in words for a person.
 */
error?: string, };

/**
 * What the sidecar writes for others to find it: the file `sidecar.json`, also the answer of `GET /health`.
 */
export type SidecarInfo = { 
/**
 * Always `ok` from a running sidecar.
 */
status: string, 
/**
 * Always `rozet-sidecar`; tells another program on the port apart.
 */
name: string, 
/**
 * The sidecar's version.
 */
version: string, 
/**
 * [`crate::PROTOCOL_VERSION`] of the sidecar.
 */
protocol: number, 
/**
 * Process id.
 */
pid: number, 
/**
 * Where the API answers, such as `http://127.0.0.1:4000`.
 */
url: string, 
/**
 * Where the dashboard answers, when that is another port.
 */
dashboard_url: string, 
/**
 * Milliseconds since 1970.
 */
started_at: number, };

/**
 * A plan in the hands of workers.
 */
export type Run = { 
/**
 * Unique for ever.
 */
run_id: string, 
/**
 * What is carried out.
 */
plan_id: string, 
/**
 * The session that the plan belongs to.
 */
session_id: string, 
/**
 * The workspace, an absolute path.
 */
directory: string, 
/**
 * Who does the tasks.
 */
worker: WorkerKind, 
/**
 * Where it stands.
 */
status: RunStatus, 
/**
 * Why it is paused, or how it ended, in words for a person.
 */
reason?: string, 
/**
 * Tasks that may be under way at once.
 */
parallel: number, 
/**
 * What it may use.
 */
limits: RunLimits, 
/**
 * What planner and workers have used so far.
 */
usage: Usage, 
/**
 * The commit or branch that the workspace was on when the run began, when it is a git checkout.
 */
branch?: string, 
/**
 * The session's model as `provider/model`, when known.
 */
session_model?: string, 
/**
 * The producer whose link leads to the session's OpenCode, when there is one.
 */
producer?: string, 
/**
 * Milliseconds since 1970.
 */
started_at: number, 
/**
 * When `status` last changed, in milliseconds since 1970.
 */
since: number, };

/**
 * Who carries tasks out.
 */
export type WorkerKind = "opencode" | "local" | "none";

/**
 * The states of a run.
 */
export type RunStatus = "running" | "paused" | "completed" | "failed" | "cancelled";

/**
 * What a run may use; reaching a limit stops the work and says so.
 */
export type RunLimits = { 
/**
 * Attempts at one task, the first included.
 */
max_attempts: number, 
/**
 * Wall time of one attempt, in milliseconds.
 */
task_wall_ms: number, 
/**
 * Wall time of the whole run, in milliseconds.
 */
run_wall_ms: number, 
/**
 * Tokens of all attempts at one task, sent and received.
 */
task_tokens: number, 
/**
 * US dollars of all attempts at one task.
 */
task_usd: number, 
/**
 * Tokens of the run, the planner's included.
 */
run_tokens: number, 
/**
 * US dollars of the run, the planner's included.
 */
run_usd: number, };

/**
 * What one worker made of one task, claim beside observation.
 */
export type Attempt = { 
/**
 * The run.
 */
run_id: string, 
/**
 * The plan.
 */
plan_id: string, 
/**
 * The task.
 */
task_id: string, 
/**
 * Counts 1, 2, 3… for each task.
 */
number: number, 
/**
 * Who worked.
 */
worker: WorkerKind, 
/**
 * The worker's own OpenCode session, when it has one.
 */
session_id?: string, 
/**
 * The model at work, as `provider/model`, when known.
 */
model?: string, 
/**
 * How it went.
 */
outcome: AttemptOutcome, 
/**
 * Why it went so, in words for a person.
 */
reason?: string, 
/**
 * What the worker says it did.
 */
claim?: Claim, 
/**
 * What the sidecar saw afterwards.
 */
evidence: Array<Evidence>, 
/**
 * Files that are not what they were when the attempt began, as the sidecar hashed them.
 */
files: Array<FileChange>, 
/**
 * Those of `files` that the task did not declare.
 */
drift: Array<string>, 
/**
 * Whether shell commands ran in an enforced sandbox; none when there were none.
 */
sandboxed?: boolean, 
/**
 * What the worker's models used.
 */
usage: Usage, 
/**
 * Milliseconds since 1970.
 */
started_at: number, 
/**
 * Milliseconds since 1970; none while it is under way.
 */
ended_at?: number, };

/**
 * How an attempt went.
 */
export type AttemptOutcome = "running" | "passed" | "failed" | "interrupted" | "cancelled" | "blocked";

/**
 * A file before and after an attempt.
 */
export type FileChange = { 
/**
 * Relative to the workspace.
 */
path: string, 
/**
 * None when it was not there.
 */
before?: FileState, 
/**
 * None when it is gone.
 */
after?: FileState, 
/**
 * Whether what it was before is kept, so that it can be restored.
 */
restorable: boolean, };

/**
 * What a file was at one moment.
 */
export type FileState = { 
/**
 * SHA-256 of its bytes, in hex.
 */
sha256: string, 
/**
 * Size in bytes.
 */
bytes: number, 
/**
 * Unix permission bits.
 */
mode: number, };

/**
 * The body of `POST /v1/runs`; what is absent comes from the settings.
 */
export type RunRequest = { 
/**
 * What is to be carried out; the session's newest plan when absent.
 */
plan_id?: string, 
/**
 * A plan of one's own, in place of one that Rozet made.
 */
plan?: PlanDraft, 
/**
 * The session whose newest plan is meant.
 */
session_id?: string, 
/**
 * Who does the tasks.
 */
worker?: WorkerKind, 
/**
 * Tasks at once, 1 to 32.
 */
parallel?: number, 
/**
 * US dollars that the run may cost.
 */
budget_usd?: number, 
/**
 * The session's model as `provider/model`, when known.
 */
session_model?: string, 
/**
 * The producer whose link leads to the session's OpenCode.
 */
producer?: string, 
/**
 * A settings file for this run alone, an absolute path.
 */
config?: string, };

/**
 * A plan that somebody wrote.
 */
export type PlanDraft = { 
/**
 * The workspace, an absolute path.
 */
directory: string, 
/**
 * One line that says what it is about.
 */
summary: string, 
/**
 * What is to be done, at most 1,000.
 */
tasks: Array<TaskDraft>, };

/**
 * A task that somebody wrote.
 */
export type TaskDraft = { 
/**
 * Unique within the plan, such as `T1`.
 */
task_id: string, 
/**
 * What is to be done.
 */
description: string, 
/**
 * Paths that the task will write, relative to the workspace.
 */
files: Array<string>, 
/**
 * What proves it.
 */
checks: Array<Check>, 
/**
 * Tasks that must be completed first.
 */
depends_on: Array<string>, };

/**
 * The body of `PUT /v1/plans/{plan_id}`: the plan as it is to be, its tasks in their order.
 */
export type PlanEdit = { 
/**
 * One line that says what it is about.
 */
summary: string, 
/**
 * What is to be done, 1 to 1,000.
 */
tasks: Array<TaskDraft>, };

/**
 * The body of `POST /v1/runs/{run_id}/budget`: new limits of the whole run, the planner's part included. What is absent
 * stays.
 */
export type BudgetChange = { 
/**
 * US dollars.
 */
budget_usd?: number, 
/**
 * Tokens, sent and received.
 */
budget_tokens?: number, };

/**
 * A run with its tasks, as `GET /v1/runs/{run_id}` tells it.
 */
export type RunView = { 
/**
 * The run.
 */
run: Run, 
/**
 * The plan's one line.
 */
summary: string, 
/**
 * The tasks, in the order of the plan.
 */
tasks: Array<TaskView>, };

/**
 * A task with what is known of it.
 */
export type TaskView = { 
/**
 * Its plan.
 */
plan_id: string, 
/**
 * Its run, when it is or was in one.
 */
run_id?: string, 
/**
 * The task.
 */
task: Task, 
/**
 * What it waits for, whatever its status; `task.since` tells since when.
 */
waits_for?: WaitsFor, 
/**
 * What its worker does now, in one line.
 */
activity?: string, 
/**
 * Every attempt, the first one first.
 */
attempts: Array<Attempt>, };

/**
 * What those who wait for a run are told, again and again until `done`.
 */
export type RunProgress = { 
/**
 * None while its plan is still being made, and when there is nothing to wait for.
 */
run_id?: string, 
/**
 * What is carried out; none with `run_id`.
 */
plan_id?: string, 
/**
 * None with `run_id`.
 */
status?: RunStatus, 
/**
 * One line for a person, such as `2 of 5 done, T3 running: cargo test`.
 */
title: string, 
/**
 * For the model: where each task stands, claims, evidence, files, what failed. At the end the whole result.
 */
report: string, 
/**
 * Whether this is the last word.
 */
done: boolean, };

/**
 * The frame of the link that tells a session's plugin of its run.
 */
export type RunNotice = { 
/**
 * The run.
 */
run_id: string, 
/**
 * Its plan.
 */
plan_id: string, 
/**
 * Its session.
 */
session_id: string, 
/**
 * Where it stands.
 */
status: RunStatus, 
/**
 * What the session's main model is to know of it; it stands in the system prompt, below what the model is to do.
 * At the end the whole result.
 */
note: string, 
/**
 * One line for the person, when it is over or has paused.
 */
toast?: string, };

/**
 * How well a producer's events arrive.
 */
export type ProducerHealth = { 
/**
 * The process that made the events.
 */
producer: string, 
/**
 * The highest `seq` seen.
 */
last_seq: number, 
/**
 * Events up to `last_seq` that are neither stored nor rejected.
 */
missing: number, 
/**
 * Events that came again and were not stored again.
 */
duplicates: number, 
/**
 * Events that could not be read.
 */
rejected: number, 
/**
 * Pieces of streamed text and of tool calls that the producer put together instead of sending each.
 */
coalesced: number, 
/**
 * Events that the producer itself had to give up: its spool and its memory were full.
 */
dropped: number, 
/**
 * Secrets that were masked in its events.
 */
redacted: number, };

/**
 * One session in a list, rolled up from its events.
 */
export type SessionSummary = { 
/**
 * The session.
 */
session_id: string, 
/**
 * Its parent, for a child session.
 */
parent_id?: string, 
/**
 * The program that first spoke of it.
 */
source_app: string, 
/**
 * The workspace, when an event named it.
 */
directory?: string, 
/**
 * The model last seen.
 */
model_name?: string, 
/**
 * The start of its last prompt.
 */
last_prompt?: string, 
/**
 * What OpenCode calls it.
 */
title?: string, 
/**
 * Its agent.
 */
agent?: string, 
/**
 * What a worker's session works at: the plan's id, a space, the task's id.
 */
task?: string, 
/**
 * What it is doing.
 */
state: SessionState, 
/**
 * Milliseconds since 1970.
 */
first_event_at: number, 
/**
 * Milliseconds since 1970.
 */
last_event_at: number, 
/**
 * How many events are stored.
 */
events: number, };

/**
 * What a session is doing, read from its last events.
 */
export type SessionState = "active" | "idle" | "ended";

/**
 * A page of events.
 */
export type EventPage = { 
/**
 * In the order that was asked for.
 */
events: Array<StoredEvent>, 
/**
 * Where the next page begins: its `before` when the newest come first, else its `after`. None when there is no
 * more. A page may be shorter than its limit, even empty, and still not be the last.
 */
next?: number, 
/**
 * The newest event that there was, whether or not it was wanted; 0 when there was none.
 */
newest: number, };

/**
 * A page of sessions, the one with the newest event first.
 */
export type SessionPage = { 
/**
 * The sessions.
 */
sessions: Array<SessionSummary>, 
/**
 * The `before` of the next page; none when there is no more. A page may be shorter than its limit and not the last.
 */
next?: number, };

/**
 * What `GET /v1/stream` sends.
 */
export type ReaderFrame = { "type": "event", 
/**
 * The event.
 */
data: StoredEvent, } | { "type": "updated", 
/**
 * The event as it is now.
 */
data: StoredEvent, } | { "type": "ready", 
/**
 * What a stream that goes on from here asks for.
 */
after: number, } | { "type": "resync", 
/**
 * The `after` of the next stream.
 */
after: number, };

/**
 * A session, its descendants, and what they did.
 */
export type SessionView = { 
/**
 * The session.
 */
session: SessionSummary, 
/**
 * Its descendants, each after its parent; `parent_id` makes a tree of them.
 */
descendants: Array<SessionNode>, 
/**
 * Whether there are more descendants than are named and counted here.
 */
more_descendants: boolean, 
/**
 * Its plans, the newest first.
 */
plans: Array<Plan>, 
/**
 * Its newest run.
 */
run?: Run, 
/**
 * The newest tool calls and attempts at tasks of the session and its descendants, in the order they began.
 */
spans: Array<Span>, 
/**
 * Whether there are older spans than are named here.
 */
more_spans: boolean, 
/**
 * What was used.
 */
usage: SessionUsage, };

/**
 * A descendant of a session.
 */
export type SessionNode = { 
/**
 * The session.
 */
session: SessionSummary, 
/**
 * 1 for a child, 2 for a child's child, and so on.
 */
depth: number, 
/**
 * What it used itself.
 */
usage: UsageSum, };

/**
 * Something with a beginning and an end.
 */
export type Span = { 
/**
 * Whose it is.
 */
session_id: string, 
/**
 * What it is.
 */
kind: SpanKind, 
/**
 * A tool call's `call_id`; for an attempt the plan's id, a space and the task's id, and from the second attempt on a
 * space and its number.
 */
key: string, 
/**
 * The tool.
 */
tool?: string, 
/**
 * Milliseconds since 1970.
 */
started_at: number, 
/**
 * Milliseconds since 1970; none while it is under way.
 */
ended_at?: number, 
/**
 * How it stands.
 */
outcome: SpanOutcome, 
/**
 * The id of the event that it began with.
 */
began: number, 
/**
 * The id of the event that it ended with.
 */
ended?: number, };

/**
 * What has a beginning and an end.
 */
export type SpanKind = "tool" | "task";

/**
 * How a span stands.
 */
export type SpanOutcome = "running" | "completed" | "failed" | "blocked" | "cancelled";

/**
 * What a session used. Nothing is counted twice, in whatever ways it was reported.
 */
export type SessionUsage = { 
/**
 * By the session itself, without planning.
 */
own: UsageSum, 
/**
 * By the session and all its descendants, and by planning for them.
 */
inclusive: UsageSum, 
/**
 * Rozet's own share of `inclusive`: what its planner's model calls used.
 */
planning: UsageSum, 
/**
 * `inclusive` without planning, by model, the most expensive first.
 */
by_model: Array<UsageLine>, 
/**
 * The same by agent.
 */
by_agent: Array<UsageLine>, 
/**
 * The part of it that tasks used, by `plan_id task_id`.
 */
by_task: Array<UsageLine>, };

/**
 * Tokens and cost, added up.
 */
export type UsageSum = { 
/**
 * Tokens sent.
 */
input_tokens: number, 
/**
 * Tokens received.
 */
output_tokens: number, 
/**
 * Tokens of reasoning, where they were reported.
 */
reasoning_tokens: number, 
/**
 * Tokens read from a provider's cache, where they were reported.
 */
cache_read_tokens: number, 
/**
 * Tokens written to a provider's cache, where they were reported.
 */
cache_write_tokens: number, 
/**
 * US dollars.
 */
cost_usd: number, 
/**
 * Whether a part of the cost comes from a price table, not from the provider.
 */
cost_estimated: boolean, 
/**
 * Whether a part of the cost is not known, and missing.
 */
cost_incomplete: boolean, 
/**
 * Turns, attempts or plans that were counted.
 */
turns: number, };

/**
 * The part of a sum that one model, agent or task used.
 */
export type UsageLine = { 
/**
 * Whose; empty where nobody said.
 */
name: string, 
/**
 * How much.
 */
usage: UsageSum, };

/**
 * A session with its descendants as they stood at a time.
 */
export type SessionAt = { 
/**
 * The session.
 */
session_id: string, 
/**
 * The time, in milliseconds since 1970.
 */
time: number, 
/**
 * What it was doing; none when it had not begun.
 */
state?: SessionState, 
/**
 * The start of the prompt that it was at.
 */
prompt?: string, 
/**
 * The plan whose tasks were last spoken of.
 */
plan_id?: string, 
/**
 * The tasks of that plan, in its order.
 */
tasks: Array<TaskAt>, 
/**
 * The tool calls that were under way, in the order they began.
 */
running: Array<RunningTool>, 
/**
 * What had been used by then, planning not included.
 */
usage: UsageSum, 
/**
 * How many events had happened.
 */
events: number, 
/**
 * Whether there were more events than could be read, so that this is how it stood earlier.
 */
cut: boolean, };

/**
 * A task as it stood.
 */
export type TaskAt = { 
/**
 * `T1`, `T2`, …
 */
task_id: string, 
/**
 * What is to be done; empty when no event said it.
 */
description: string, 
/**
 * Where it stood.
 */
status: TaskStatus, 
/**
 * When it came to stand there, in milliseconds since 1970.
 */
since: number, 
/**
 * The session that worked at it, when it had one of its own.
 */
worker_session?: string, };

/**
 * A tool call that was under way.
 */
export type RunningTool = { 
/**
 * Whose call it was.
 */
session_id: string, 
/**
 * Names the call.
 */
call_id: string, 
/**
 * The tool; empty when no event said it.
 */
tool: string, 
/**
 * Milliseconds since 1970.
 */
started_at: number, };

/**
 * Figures of the whole store.
 */
export type Stats = { 
/**
 * When they were counted, in milliseconds since 1970.
 */
counted_at: number, 
/**
 * Events stored.
 */
events: number, 
/**
 * Sessions known.
 */
sessions: number, 
/**
 * Size of everything on the disk, in bytes.
 */
bytes: number, 
/**
 * Size of the database with its log, in bytes.
 */
database_bytes: number, 
/**
 * The oldest event's id; 0 when there is none.
 */
oldest: number, 
/**
 * The newest event's id; 0 when there is none.
 */
newest: number, 
/**
 * Events by the day that they happened on, in UTC, the newest first, at most 366 days; like the next two, with those
 * that have been removed since.
 */
by_day: Array<DayCount>, 
/**
 * Events by their type, the most first.
 */
by_type: Array<NameCount>, 
/**
 * Events by the program that spoke, the most first.
 */
by_source: Array<NameCount>, };

/**
 * The events of a day.
 */
export type DayCount = { 
/**
 * When it began, in milliseconds since 1970.
 */
day: number, 
/**
 * How many.
 */
events: number, };

/**
 * The events of one name.
 */
export type NameCount = { 
/**
 * The name.
 */
name: string, 
/**
 * How many.
 */
events: number, };

/**
 * Something that an agent waits for a person's word on.
 */
export type Ask = { 
/**
 * OpenCode's id of it.
 */
ask_id: string, 
/**
 * What sort of word is wanted.
 */
kind: AskKind, 
/**
 * The session that asks.
 */
session_id: string, 
/**
 * The session without a parent that it belongs to; itself, when it has none.
 */
root_session_id: string, 
/**
 * The agent that asks, when known.
 */
agent?: string, 
/**
 * The plan of `task_id`.
 */
plan_id?: string, 
/**
 * The task that the session, or one above it, works at.
 */
task_id?: string, 
/**
 * OpenCode's name of the permission, such as `bash` or `edit`.
 */
permission?: string, 
/**
 * What the permission is wanted for.
 */
patterns: Array<string>, 
/**
 * One line that says what is asked.
 */
title: string, 
/**
 * The command that would run.
 */
command?: string, 
/**
 * The file that it is about.
 */
path?: string, 
/**
 * What would be changed, as a unified diff.
 */
diff?: string, 
/**
 * What a `question` asks; empty for a permission.
 */
questions: Array<AskQuestion>, 
/**
 * Milliseconds since 1970.
 */
asked_at: number, 
/**
 * When it is denied for want of an answer, in milliseconds since 1970; none when it waits for ever.
 */
expires_at?: number, 
/**
 * Where it stands.
 */
state: AskState, 
/**
 * What was answered: `once`, `always`, `reject`, or the answers to its questions.
 */
answer?: string, 
/**
 * Who answered: `dashboard`, `cli`, `tui` or `sidecar`.
 */
answered_by?: string, 
/**
 * Milliseconds since 1970.
 */
answered_at?: number, 
/**
 * Why it ended as it did, in words for a person.
 */
reason?: string, };

/**
 * The sorts of asks.
 */
export type AskKind = "permission" | "question";

/**
 * One question of an ask.
 */
export type AskQuestion = { 
/**
 * The question.
 */
question: string, 
/**
 * A word or two that stand for it.
 */
header?: string, 
/**
 * What may be chosen; empty when the answer is free.
 */
options: Array<AskOption>, 
/**
 * Whether several may be chosen.
 */
multiple: boolean, };

/**
 * One choice of a question.
 */
export type AskOption = { 
/**
 * What is answered when it is chosen.
 */
label: string, 
/**
 * What it means.
 */
description?: string, };

/**
 * The states of an ask.
 */
export type AskState = "waiting" | "allowed" | "denied" | "answered" | "expired" | "gone";

/**
 * The answer of `GET /v1/asks`: those that wait first, the oldest of them first; then the others, the newest first.
 */
export type AskList = { 
/**
 * The asks.
 */
asks: Array<Ask>, };

/**
 * The body of `POST /v1/asks/{ask_id}/answer`. One of `answer` and `answers` is there.
 */
export type AskReply = { 
/**
 * For a permission; `reject` also declines a question.
 */
answer?: AskAnswer, 
/**
 * For a question: what was chosen or written, question by question.
 */
answers?: Array<Array<string>>, 
/**
 * What the agent is told with a `reject`.
 */
message?: string, };

/**
 * The answers to a permission.
 */
export type AskAnswer = "once" | "always" | "reject";

/**
 * The answer of `GET /v1/activity`: events by type in spans of equal length.
 */
export type Activity = { 
/**
 * Where the first span begins, in milliseconds since 1970.
 */
from: number, 
/**
 * Where the last span ends, in milliseconds since 1970.
 */
to: number, 
/**
 * Length of a span, in milliseconds.
 */
bucket_ms: number, 
/**
 * One line for each type that there was, the most events first.
 */
types: Array<ActivityLine>, 
/**
 * Whether there was more than could be counted, so that the oldest spans lack some.
 */
cut?: boolean, };

/**
 * The events of one type.
 */
export type ActivityLine = { 
/**
 * The type.
 */
hook_event_type: string, 
/**
 * How many, span by span.
 */
counts: number[], };

/**
 * The answer of `GET /v1/history`.
 */
export type History = { 
/**
 * The rows that have something in them.
 */
rows: Array<HistoryRow>, 
/**
 * Whether there was more than could be looked at, so that the oldest rows lack some.
 */
cut?: boolean, };

/**
 * What the rows of a history are.
 */
export type HistoryBy = "day" | "week" | "project";

/**
 * One day, week or project. Sessions and what they used count where they began, prompts and events where they happened,
 * tasks where they were last changed, and all events of a session for its project.
 */
export type HistoryRow = { 
/**
 * The date of the day, or of the week's Monday, such as `2026-11-25`; a project's folder, empty where not known.
 */
key: string, 
/**
 * When the day or week began, in milliseconds since 1970.
 */
from?: number, 
/**
 * A project's folder.
 */
directory?: string, 
/**
 * Sessions without a parent.
 */
sessions: number, 
/**
 * Prompts that were sent.
 */
prompts: number, 
/**
 * Events.
 */
events: number, 
/**
 * Tasks that were proved.
 */
tasks_completed: number, 
/**
 * Tasks that failed.
 */
tasks_failed: number, 
/**
 * Tokens sent, Rozet's own included.
 */
tokens_input: number, 
/**
 * Tokens received, Rozet's own included.
 */
tokens_output: number, 
/**
 * US dollars, as far as known; none when nothing of it is.
 */
cost_usd?: number, 
/**
 * Whether all of the cost is known.
 */
cost_known: boolean, };

/**
 * The answer of `GET /v1/tasks/{plan_id}/{task_id}`.
 */
export type TaskPage = { 
/**
 * The task, with its attempts.
 */
view: TaskView, 
/**
 * The session that its plan belongs to.
 */
session_id: string, 
/**
 * The workspace, an absolute path.
 */
directory: string, 
/**
 * What it may write now, to the exclusion of others.
 */
leases: Array<LeaseView>, 
/**
 * The files that its attempts changed or that it declared.
 */
files: Array<TaskFile>, 
/**
 * Whether there are more files than are named here.
 */
more_files: boolean, 
/**
 * The newest tool calls of its worker's sessions, in the order they began.
 */
spans: Array<Span>, 
/**
 * What an undo would come to.
 */
undo: UndoState, 
/**
 * Why an undo would do nothing, in words for a person.
 */
undo_note?: string, 
/**
 * Attempts that failed and were tried again.
 */
retries: number, 
/**
 * Attempts that may still fail before the task does; none when it belongs to no run.
 */
attempts_left?: number, };

/**
 * A path that a task may write.
 */
export type LeaseView = { 
/**
 * An absolute path; one that ends in `/` stands for all below it.
 */
path: string, 
/**
 * Names the attempt that holds it.
 */
owner: string, 
/**
 * Rises with each lease that is taken.
 */
fence: number, 
/**
 * When it ends by itself, in milliseconds since 1970.
 */
ends_at: number, };

/**
 * A file beside what it was before the attempt that changed it last.
 */
export type TaskFile = { 
/**
 * Relative to the workspace.
 */
path: string, 
/**
 * What is different now.
 */
change: TaskFileChange, 
/**
 * The first attempt that touched it: `diff` begins at what was kept then. 0 when none did.
 */
attempt: number, 
/**
 * Unified, from what was kept before the attempt to the file as it is now; at most 64 KiB.
 */
diff?: string, 
/**
 * Whether `diff` is only the beginning.
 */
truncated: boolean, 
/**
 * What is to be known about it, such as that somebody has changed it since, or why there is no diff.
 */
note?: string, };

/**
 * What is different about a file.
 */
export type TaskFileChange = "added" | "changed" | "removed" | "unchanged";

/**
 * What an undo would come to.
 */
export type UndoState = "possible" | "changed" | "nothing";

/**
 * The answer of `POST /v1/tasks/{plan_id}/{task_id}/undo`.
 */
export type Undone = { 
/**
 * What was, or with `preview` would be, done.
 */
files: Array<RestoredFile>, 
/**
 * Whether nothing was touched.
 */
preview: boolean, };

/**
 * What an undo does with one file.
 */
export type RestoredFile = { 
/**
 * Relative to the workspace.
 */
path: string, 
/**
 * What is done with it.
 */
action: RestoreAction, };

/**
 * What an undo may do with a file.
 */
export type RestoreAction = "restore" | "remove";

/**
 * The answer of `GET /v1/health`. What a daemon of an earlier version does not say is absent.
 */
export type Health = { 
/**
 * How the event store is.
 */
store: StoreHealth, 
/**
 * How well each producer's events arrive, the newest producer first.
 */
producers: Array<ProducerHealth>, 
/**
 * What waits in producers' spools, the fullest first.
 */
spools: Array<Spool>, 
/**
 * How commands of workers are confined.
 */
sandbox?: SandboxStatus, 
/**
 * Whether events are neither stored nor streamed.
 */
off: boolean, 
/**
 * How events are handed on, where they are.
 */
forwarded?: Forwarded, 
/**
 * What the daemon itself uses.
 */
process?: ProcessHealth, 
/**
 * How fast events come.
 */
rates?: EventRates, 
/**
 * How long events are kept.
 */
retention?: Retention, 
/**
 * Which versions work together.
 */
components: Array<Component>, 
/**
 * What does not work as it should, inside of OpenCode.
 */
degraded: Array<Degraded>, 
/**
 * Always `ok` from a running sidecar.
 */
status: string, 
/**
 * Always `rozet-sidecar`; tells another program on the port apart.
 */
name: string, 
/**
 * The sidecar's version.
 */
version: string, 
/**
 * [`crate::PROTOCOL_VERSION`] of the sidecar.
 */
protocol: number, 
/**
 * Process id.
 */
pid: number, 
/**
 * Where the API answers, such as `http://127.0.0.1:4000`.
 */
url: string, 
/**
 * Where the dashboard answers, when that is another port.
 */
dashboard_url: string, 
/**
 * Milliseconds since 1970.
 */
started_at: number, };

/**
 * Figures for people who look after the store.
 */
export type StoreHealth = { 
/**
 * The database file.
 */
path: string, 
/**
 * Events stored.
 */
events: number, 
/**
 * Size of the database with its log, in bytes.
 */
bytes: number, 
/**
 * Size of the database without its log, in bytes.
 */
database_bytes: number, 
/**
 * Size of the database's log, in bytes.
 */
log_bytes: number, 
/**
 * A corrupt database that was found and kept under this name.
 */
set_aside: string | null, 
/**
 * What an acknowledged event survives.
 */
durability: Durability, 
/**
 * Size of the index beside the database, in bytes.
 */
index_bytes: number, 
/**
 * How long events are kept, in days.
 */
max_age_days: number, 
/**
 * Size above which the oldest events go, in bytes.
 */
max_bytes: number, 
/**
 * Secrets that are masked in what was stored since the process began, by their kind.
 */
redacted: { [key in string]: number }, };

/**
 * What an acknowledged event survives.
 */
export type Durability = "process" | "power";

/**
 * What this system can do to confine commands.
 */
export type SandboxStatus = { 
/**
 * How they are confined.
 */
mechanism: Mechanism, 
/**
 * Whether they really are.
 */
enforced: boolean, 
/**
 * Why a better way, or any, is not taken.
 */
why?: string, };

/**
 * How commands are confined.
 */
export type Mechanism = "bwrap" | "landlock" | "sandbox-exec" | "none";

/**
 * How the handing on of events goes.
 */
export type Forwarded = { 
/**
 * Where to, without a password.
 */
url: string, 
/**
 * Events that the other has taken since this start.
 */
taken: number, 
/**
 * Events that the other would not take, since this start.
 */
refused: number, 
/**
 * Why nothing goes on at the moment.
 */
problem?: string, };

/**
 * What the daemon itself uses.
 */
export type ProcessHealth = { 
/**
 * Processor time in hundredths of one processor, on the average over the last minute.
 */
cpu_percent: number, 
/**
 * Memory that it holds, in bytes; 0 where the system does not say.
 */
resident_bytes: number, 
/**
 * Since its start, in milliseconds.
 */
uptime_ms: number, };

/**
 * Events stored for each second, on the average.
 */
export type EventRates = { 
/**
 * Over the last minute.
 */
events_per_second_1m: number, 
/**
 * Over the last 15 minutes.
 */
events_per_second_15m: number, };

/**
 * How long events are kept.
 */
export type Retention = { 
/**
 * In days.
 */
days: number, 
/**
 * Size above which the oldest events go, in bytes.
 */
max_bytes: number, 
/**
 * When the oldest event that is kept happened, in milliseconds since 1970.
 */
oldest_event_at?: number, };

/**
 * One program, and whether it goes with this sidecar.
 */
export type Component = { 
/**
 * Which.
 */
name: ComponentName, 
/**
 * Its version, as it says itself.
 */
version: string, 
/**
 * The producer that said so.
 */
producer?: string, 
/**
 * Whether it goes with this sidecar.
 */
matches: boolean, 
/**
 * What to do when it does not, or what is not known of it.
 */
note?: string, };

/**
 * The programs that work together.
 */
export type ComponentName = "sidecar" | "plugin" | "tui" | "opencode";

/**
 * Something that does not work as it should.
 */
export type Degraded = { 
/**
 * The producer that said so.
 */
producer: string, 
/**
 * What does not work, in words for a person.
 */
what: string, 
/**
 * Since when, in milliseconds since 1970.
 */
since: number, 
/**
 * What to do about it; empty when nobody knows.
 */
hint: string, 
/**
 * The hook of OpenCode's that it is about.
 */
hook?: string, };

/**
 * Events that a producer has written down and that are not stored yet.
 */
export type Spool = { 
/**
 * Whose they are.
 */
producer: string, 
/**
 * Size of the file, in bytes; some of it may be acknowledged already.
 */
bytes: number, };

/**
 * What the adapter knows when it starts the core.
 */
export type Start = { 
/**
 * This process, `<source>.<pid>.<random>`; names its spool file.
 */
producer: string, 
/**
 * The last `seq` that this producer has already used: 0, or more after a fresh core replaced a broken one.
 */
last_seq: number, 
/**
 * The workspace, an absolute path.
 */
directory: string, 
/**
 * The plugin's version.
 */
version: string, 
/**
 * What the person set.
 */
settings: Settings, };

/**
 * What the person may set of the core's behaviour; every field has a default.
 */
export type Settings = { 
/**
 * What becomes of the model's thinking.
 */
thinking: Thinking, 
/**
 * Whether events carry the thinking that was hidden, so that it can be looked at afterwards.
 */
keep_thinking: boolean, 
/**
 * Whether prompts are planned at all.
 */
plan: boolean, 
/**
 * How long the first step of a turn may wait for its plan, in milliseconds; 0 never waits.
 */
plan_wait_ms: number, 
/**
 * Whether workers carry plans out; the sidecar's setting decides when absent.
 */
execute?: boolean, };

/**
 * What becomes of the model's thinking.
 */
export type Thinking = "hide" | "remove" | "show";

/**
 * One thing that happened, with the time of it.
 */
export type Envelope = { 
/**
 * Milliseconds since 1970.
 */
now: number, 
/**
 * The thing.
 */
input: Input, };

/**
 * The things that can happen.
 */
export type Input = { "type": "prompt" } & Prompt | { "type": "system", 
/**
 * The session whose model is about to be called; none for calls outside a session.
 */
session_id: string | null, 
/**
 * False when the adapter has already waited for the plan in this call.
 */
may_wait: boolean, } | { "type": "params" } & Params | { "type": "text_complete", 
/**
 * The session.
 */
session_id: string, 
/**
 * The part, so that a repeated call counts once.
 */
part_id: string, 
/**
 * The whole text.
 */
text: string, } | { "type": "tool_before", 
/**
 * The session.
 */
session_id: string, 
/**
 * The call.
 */
call_id: string, 
/**
 * The tool's name.
 */
tool: string, 
/**
 * Its arguments; long strings may be cut by the adapter.
 */
args: Record<string, unknown>, } | { "type": "tool_after", 
/**
 * The session.
 */
session_id: string, 
/**
 * The call.
 */
call_id: string, 
/**
 * The tool's name.
 */
tool: string, 
/**
 * Its arguments; long strings may be cut by the adapter.
 */
args: Record<string, unknown>, 
/**
 * What OpenCode shows as its title.
 */
title: string, 
/**
 * The output's head and tail; the adapter may cut the middle.
 */
output: string, 
/**
 * Length of the whole output, in UTF-16 units.
 */
output_length: number, 
/**
 * Exit code of a command, when the tool ran one.
 */
exit: number | null, } | { "type": "tool_failed", 
/**
 * The session.
 */
session_id: string, 
/**
 * The call.
 */
call_id: string, 
/**
 * The tool's name.
 */
tool: string, 
/**
 * What OpenCode says went wrong.
 */
error: string, } | { "type": "reasoning_ended", 
/**
 * The session.
 */
session_id: string, 
/**
 * The message that it is a part of.
 */
message_id: string, 
/**
 * The part, so that a repeated event counts once.
 */
part_id: string, 
/**
 * The text, cut by the adapter; only where it is to be kept.
 */
text: string | null, 
/**
 * Whether the provider signed it: it wants such thinking back until the turn is over.
 */
signed: boolean, 
/**
 * Length of the hidden text, in UTF-16 units.
 */
chars: number, } | { "type": "message_ended", 
/**
 * The session.
 */
session_id: string, 
/**
 * The message, so that a repeated event counts once.
 */
message_id: string, 
/**
 * What it used.
 */
usage: MessageUsage, 
/**
 * The error's name, when the turn broke.
 */
error: string | null, } | { "type": "session_created", 
/**
 * The session.
 */
session_id: string, 
/**
 * Its parent, for a child session.
 */
parent_id: string | null, 
/**
 * Its title.
 */
title: string, } | { "type": "session_idle", 
/**
 * The session.
 */
session_id: string, } | { "type": "session_deleted", 
/**
 * The session.
 */
session_id: string, } | { "type": "aborted", 
/**
 * The session.
 */
session_id: string, } | { "type": "asked", 
/**
 * The session.
 */
session_id: string, 
/**
 * What is asked, with its `ask_id`; bounded by the adapter.
 */
details: Record<string, unknown>, } | { "type": "answered", 
/**
 * The session.
 */
session_id: string, 
/**
 * What was asked.
 */
ask_id: string, 
/**
 * The answer, such as `once`.
 */
answer: string, } | { "type": "todos", 
/**
 * The session.
 */
session_id: string, 
/**
 * Every entry.
 */
todos: Array<Todo>, } | { "type": "task_tool", 
/**
 * The session.
 */
session_id: string, 
/**
 * The arguments as the model gave them.
 */
args: Record<string, unknown>, } | { "type": "task_verdict", 
/**
 * The session.
 */
session_id: string, 
/**
 * The task.
 */
task_id: string, } | { "type": "reverted", 
/**
 * The session.
 */
session_id: string, 
/**
 * The first message that is set aside.
 */
message_id: string | null, } | { "type": "message_removed", 
/**
 * The session.
 */
session_id: string, 
/**
 * The message.
 */
message_id: string, } | { "type": "compacted", 
/**
 * The session.
 */
session_id: string, } | { "type": "degraded", 
/**
 * The session in which it showed.
 */
session_id: string, 
/**
 * What does not work, such as `thinking is not stripped from text`.
 */
what: string, 
/**
 * The hook that was not called.
 */
hook: string, } | { "type": "host_version", 
/**
 * Such as `1.18.33`.
 */
version: string, } | { "type": "compacting", 
/**
 * The session.
 */
session_id: string, } | { "type": "link", 
/**
 * The frame.
 */
frame: LinkFrame, } | { "type": "plan_unavailable", 
/**
 * The session.
 */
session_id: string, 
/**
 * The plan asked for.
 */
plan_id: string, 
/**
 * Why, in words for a person.
 */
reason: string, } | { "type": "run_unavailable", 
/**
 * The session.
 */
session_id: string, 
/**
 * Why, in words for a person.
 */
reason: string, } | { "type": "sidecar_unreachable", 
/**
 * Why, in words for a person.
 */
reason: string, } | { "type": "dispose", 
/**
 * What the adapter measured of itself.
 */
overhead: Overhead, };

/**
 * A prompt, as the hook `chat.message` sees it.
 */
export type Prompt = { 
/**
 * The session.
 */
session_id: string, 
/**
 * The user's message.
 */
message_id: string, 
/**
 * OpenCode's agent, when given.
 */
agent: string | null, 
/**
 * The model as `provider/model`, when given.
 */
model: string | null, 
/**
 * The text parts that the person wrote, joined by newlines; synthetic parts left out.
 */
text: string, 
/**
 * Names of attached files.
 */
files: Array<string>, 
/**
 * The session's parent, when the adapter knows it.
 */
parent_id: string | null, };

/**
 * What the hook `chat.params` knows.
 */
export type Params = { 
/**
 * The session.
 */
session_id: string, 
/**
 * OpenCode's agent.
 */
agent: string, 
/**
 * The provider's id in OpenCode.
 */
provider_id: string, 
/**
 * The model's id in OpenCode.
 */
model_id: string, 
/**
 * The AI SDK package that speaks to it, such as `@ai-sdk/openai-compatible`.
 */
npm: string, 
/**
 * Whether OpenCode lists the model as one that reasons.
 */
reasoning: boolean, 
/**
 * The options as they stand, OpenCode's own defaults among them.
 */
options: Record<string, unknown>, 
/**
 * What the person's configuration says of the model.
 */
configured: Record<string, unknown>, };

/**
 * An entry of OpenCode's own list of what is to be done.
 */
export type Todo = { 
/**
 * What is to be done.
 */
content: string, 
/**
 * `pending`, `in_progress`, `completed` or `cancelled`.
 */
status: string, };

/**
 * Tokens and cost of one assistant message, as OpenCode counts them.
 */
export type MessageUsage = { 
/**
 * Tokens sent, without cached ones.
 */
input_tokens: number, 
/**
 * Tokens received, without reasoning.
 */
output_tokens: number, 
/**
 * Reasoning tokens.
 */
reasoning_tokens: number, 
/**
 * Tokens read from a cache.
 */
cache_read_tokens: number, 
/**
 * Tokens written to a cache.
 */
cache_write_tokens: number, 
/**
 * US dollars.
 */
cost_usd: number, };

/**
 * What Rozet cost OpenCode, measured by the adapter.
 */
export type Overhead = { 
/**
 * From the factory's call to its return, in milliseconds, wasm included.
 */
factory_ms: number, 
/**
 * Per hook: calls, total and longest, without bounded waits.
 */
hooks: Array<HookOverhead>, 
/**
 * Time spent waiting for plans in `system.transform`, in milliseconds.
 */
plan_wait_ms: number, 
/**
 * Times that a fresh core replaced a broken one.
 */
core_restarts: number, 
/**
 * Times that a hook was cut off or caught.
 */
hook_faults: number, };

/**
 * What one hook cost.
 */
export type HookOverhead = { 
/**
 * The hook's name.
 */
hook: string, 
/**
 * How often it ran.
 */
calls: number, 
/**
 * All its runs together, in milliseconds.
 */
total_ms: number, 
/**
 * The longest run, in milliseconds.
 */
max_ms: number, };

/**
 * One thing to do, in the order given.
 */
export type Effect = { "type": "emit", 
/**
 * The event, redacted and bounded.
 */
event: Event, } | { "type": "request_plan", 
/**
 * The request.
 */
request: PlanRequest, } | { "type": "cancel_plan", 
/**
 * The plan.
 */
plan_id: string, } | { "type": "start_run", 
/**
 * The session.
 */
session_id: string, 
/**
 * Its model as `provider/model`, when known.
 */
session_model: string | null, } | { "type": "await_plan", 
/**
 * The plan.
 */
plan_id: string, 
/**
 * The longest wait from now, in milliseconds.
 */
wait_ms: number, } | { "type": "append_system", 
/**
 * The text.
 */
text: string, } | { "type": "set_options", 
/**
 * The keys and their values.
 */
options: Record<string, unknown>, } | { "type": "set_text", 
/**
 * The text.
 */
text: string, } | { "type": "answer", 
/**
 * The answer.
 */
text: string, 
/**
 * Whether the call was wrong.
 */
refused: boolean, 
/**
 * The task whose verdict is worth a short wait; then ask with `TaskVerdict`.
 */
awaits: string | null, } | { "type": "remove_part", 
/**
 * The session.
 */
session_id: string, 
/**
 * The message.
 */
message_id: string, 
/**
 * The part.
 */
part_id: string, } | { "type": "notice", 
/**
 * How serious it is.
 */
level: NoticeLevel, 
/**
 * One or two sentences: what is degraded and what to do.
 */
message: string, };

/**
 * How serious a notice is.
 */
export type NoticeLevel = "info" | "warning";

import type { RunProgress, RunRequest, RunView, TaskView } from "../generated/types.ts";
import { decoded } from "../host/api.ts";
import { isRecord } from "../host/clip.ts";
import { Backoff } from "./backoff.ts";
import { type Discovery, NOT_RUNNING } from "./discovery.ts";
import { reason, request, SidecarError, send } from "./request.ts";
import { SseParser } from "./sse.ts";

const ASK_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** The sidecar sends a comment every 15 s; three missing ones mean that it is gone. */
const SILENCE_MS = 45_000;
/** How long a sidecar that was there may stay away: it comes back to its runs after a restart. */
const AWAY_MS = 20_000;

/** Has workers carry out a plan; what they do comes over the link. Throws a `SidecarError`. */
export async function startRun(discovery: Discovery, wanted: RunRequest): Promise<void> {
  await request(discovery, {
    method: "POST",
    path: "/v1/runs",
    body: JSON.stringify(wanted),
    timeoutMs: ASK_TIMEOUT_MS,
  });
}

/** Ends a run. Never throws; says whether the sidecar heard of it. */
export async function cancelRun(discovery: Discovery, runId: string): Promise<boolean> {
  const post = () =>
    request(discovery, {
      method: "POST",
      path: `/v1/runs/${encodeURIComponent(runId)}/cancel`,
      timeoutMs: ASK_TIMEOUT_MS,
    });
  try {
    await post().catch(post);
    return true;
  } catch {
    return false;
  }
}

/** How a session's run stands now. Throws a `SidecarError`. */
export async function runNow(
  discovery: Discovery,
  sessionId: string,
  signal?: AbortSignal,
): Promise<RunProgress> {
  const answer = await request(discovery, {
    method: "GET",
    path: `/v1/sessions/${encodeURIComponent(sessionId)}/run`,
    timeoutMs: ASK_TIMEOUT_MS,
    signal,
  });
  if (!isProgress(answer)) throw new SidecarError("the sidecar's answer tells of no run", 200);
  return answer;
}

/** A run with its tasks, what each worker does and waits for; undefined when it cannot be had. Never throws. */
export async function runView(discovery: Discovery, runId: string): Promise<RunView | undefined> {
  try {
    const path = `/v1/runs/${encodeURIComponent(runId)}`;
    const answer = await request(discovery, { method: "GET", path, timeoutMs: ASK_TIMEOUT_MS });
    const isView = isRecord(answer) && isRecord(answer.run) && Array.isArray(answer.tasks);
    return isView ? (answer as unknown as RunView) : undefined;
  } catch {
    return undefined;
  }
}

/** What a person may do with a task. */
export type TaskAct = "cancel" | "retry" | "confirm";

/** Does it, and returns the task as it is then. Throws a `SidecarError`. */
export async function actOnTask(
  discovery: Discovery,
  planId: string,
  taskId: string,
  act: TaskAct,
): Promise<TaskView> {
  return (await request(discovery, {
    method: "POST",
    path: `/v1/tasks/${encodeURIComponent(planId)}/${encodeURIComponent(taskId)}/${act}`,
    timeoutMs: ASK_TIMEOUT_MS,
    by: "tui",
  })) as TaskView;
}

/** What may be set of the following, so that tests need not wait. */
export interface Patience {
  /** Longest absence of the sidecar, in milliseconds. */
  awayMs: number;
}

/**
 * Follows a session's run to its end and returns the last word of it. Connects again when the stream breaks off. Throws
 * when there is no sidecar, when it stays away, when it refuses, and the signal's reason when that comes.
 */
export async function followRun(
  discovery: Discovery,
  sessionId: string,
  signal: AbortSignal,
  heard: (progress: RunProgress) => void,
  { awayMs }: Patience = { awayMs: AWAY_MS },
): Promise<RunProgress> {
  const backoff = new Backoff(250, 3_000);
  let met = false;
  let lastMet = Date.now();
  for (;;) {
    signal.throwIfAborted();
    let problem = new SidecarError(NOT_RUNNING, 0);
    try {
      const last = await readOnce(discovery, sessionId, signal, (progress) => {
        met = true;
        lastMet = Date.now();
        backoff.reset();
        heard(progress);
      });
      if (last !== undefined) return last;
      problem = new SidecarError("the sidecar broke off", 0);
    } catch (error) {
      signal.throwIfAborted();
      discovery.forget();
      problem =
        error instanceof SidecarError
          ? error
          : new SidecarError(`the sidecar does not answer: ${reason(error)}`, 0);
      if (problem.status >= 400 && problem.status < 500 && problem.status !== 401) throw problem;
    }
    if (!met || Date.now() - lastMet > awayMs) throw problem;
    await pause(backoff.next(), signal);
  }
}

/** Reads one stream; undefined when it ended before the run did. */
async function readOnce(
  discovery: Discovery,
  sessionId: string,
  signal: AbortSignal,
  heard: (progress: RunProgress) => void,
): Promise<RunProgress | undefined> {
  const endpoint = discovery.find();
  if (endpoint === undefined) throw new SidecarError(NOT_RUNNING, 0);
  const connection = new AbortController();
  const end = () => connection.abort(signal.reason);
  signal.addEventListener("abort", end, { once: true });
  const silent = (ms: number) =>
    setTimeout(() => connection.abort(new Error(`the sidecar said nothing for ${ms / 1_000} s`)), ms);
  let timer = silent(CONNECT_TIMEOUT_MS);
  try {
    const path = `/v1/sessions/${encodeURIComponent(sessionId)}/run/progress`;
    const response = await send(endpoint, { method: "GET", path }, connection.signal);
    if (!response.ok || response.body === null) {
      throw new SidecarError(`the sidecar answered ${response.status}`, response.status);
    }
    const parser = new SseParser();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      clearTimeout(timer);
      timer = silent(SILENCE_MS);
      for (const data of parser.push(chunk)) {
        const progress = decoded(data);
        if (!isProgress(progress)) continue;
        heard(progress);
        if (progress.done) return progress;
      }
    }
    return undefined;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
    connection.abort();
  }
}

function isProgress(value: unknown): value is RunProgress {
  return (
    isRecord(value) &&
    typeof value.title === "string" &&
    typeof value.report === "string" &&
    typeof value.done === "boolean"
  );
}

/** A pause that the signal ends. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}

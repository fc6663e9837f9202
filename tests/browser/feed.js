/** Brings the busy day into a real sidecar. */
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { busyDay } from "./busyDay.js";

/** Asks the sidecar to do something, with the token. */
export async function act(settings, method, path, body) {
  const response = await fetch(settings.url + path, {
    method,
    headers: { "content-type": "application/json", authorization: `Bearer ${settings.token}` },
    body: JSON.stringify(body),
  });
  const answer = await response.json().catch(() => undefined);
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

const DAY_MS = 24 * 60 * 60_000;

/**
 * Posts the day, which ends now, with `before` such days before it, and begins to carry a small plan out for real in
 * `workspaces`; returns what there is to look at.
 */
export async function feedBusyDay(settings, workspaces, before = 0) {
  const directoryOf = (name) => `/home/ada/work/${name}`;
  for (let day = before; day > 0; day--)
    for (const batch of busyDay(Date.now() - day * DAY_MS, directoryOf, day).batches)
      await act(settings, "POST", "/v1/events", batch);
  const { batches, sessions } = busyDay(Date.now(), directoryOf);
  for (const batch of batches) await act(settings, "POST", "/v1/events", batch);
  const [asking, working] = sessions.filter((one) => one.isOpen);
  const run = await realWork(settings, join(workspaces, "weather-service"), working.session);
  return { sessions, open: asking.session, ...run };
}

/** A plan of which something is proved, something failed, something waits and something is under way. */
async function realWork(settings, directory, session) {
  await mkdir(join(directory, "src"), { recursive: true });
  await writeFile(join(directory, "src/limit.rs"), "pub struct Limit { per_minute: u32 }\n");
  const there = (path) => ({ type: "file_exists", path });
  const contains = (path, text) => ({ type: "file_contains", path, text });
  const task = (number, description, file, check, after) => ({
    task_id: `T${number}`,
    description,
    files: file ? [file] : [],
    checks: [check],
    depends_on: after.map((one) => `T${one}`),
  });
  const tasks = [
    task(1, "Count requests per API key", "src/limit.rs", contains("src/limit.rs", "per_minute"), []),
    task(2, "Refuse with 429 and a Retry-After header", "src/refuse.rs", there("src/refuse.rs"), [1]),
    task(
      3,
      "A person has agreed to 60 requests a minute",
      undefined,
      { type: "manual", question: "Are 60 requests a minute right?" },
      [1],
    ),
    task(4, "Say in the README how the limit is set", "src/limit.rs", contains("src/limit.rs", "Limit"), [1]),
    task(5, "Load-test the limit for ten minutes", undefined, { type: "command", command: "sleep 600" }, [4]),
    task(6, "Count refusals in the metrics", "src/metrics.rs", there("src/metrics.rs"), [2]),
    task(7, "Announce the limit to customers", "NEWS.md", there("NEWS.md"), [3, 5]),
  ];
  const draft = { directory, summary: "Rate limits per API key, refused politely and counted", tasks };
  const run = await act(settings, "POST", "/v1/runs", { plan: draft, worker: "none", session_id: session });
  return { run: run.run_id, runPlan: run.plan_id, runSession: run.session_id };
}

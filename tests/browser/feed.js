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

/** Posts the day, which ends now, and carries a small plan out for real; returns what there is to look at. */
export async function feedBusyDay(settings, workspaces) {
  const { batches, sessions } = busyDay(Date.now(), (name) => join(workspaces, name));
  for (const batch of batches) await act(settings, "POST", "/v1/events", batch);
  const open = sessions.find((one) => one.isOpen);
  return {
    sessions,
    open: open.session,
    ...(await realWork(settings, join(workspaces, "shop"), open.session)),
  };
}

/** A plan of the open session, made by the built-in planner, and one that has been carried out. */
async function realWork(settings, directory, session) {
  await mkdir(join(directory, "src"), { recursive: true });
  await writeFile(join(directory, "src/cart.ts"), "export const cart = [];\n");
  const draft = {
    directory,
    summary: "Check the cart and the receipt",
    tasks: [
      {
        task_id: "T1",
        description: "The cart is there",
        files: ["src/cart.ts"],
        checks: [{ type: "file_contains", path: "src/cart.ts", text: "cart" }],
        depends_on: [],
      },
      {
        task_id: "T2",
        description: "The receipt shows VAT",
        files: ["src/receipt.ts"],
        checks: [{ type: "file_exists", path: "src/receipt.ts" }],
        depends_on: ["T1"],
      },
      {
        task_id: "T3",
        description: "A person has read the invoice",
        files: [],
        checks: [{ type: "manual", question: "Does the invoice read well?" }],
        depends_on: ["T1"],
      },
    ],
  };
  const run = await act(settings, "POST", "/v1/runs", { plan: draft, worker: "none", session_id: session });
  return { run: run.run_id, runPlan: run.plan_id, runSession: run.session_id };
}

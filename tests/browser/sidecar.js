/** What the tests ask of the sidecar as any hook script would: without a browser and without a token. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

/** A word that nothing else in the store contains. */
export function unique(name) {
  return `${name}-${randomUUID().slice(0, 8)}`;
}

/** Posts one event of the known form and returns it as it was stored. */
export async function post(url, event) {
  const response = await fetch(`${url}/events`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      source_app: "browser-test",
      hook_event_type: "Notification",
      payload: {},
      ...event,
    }),
  });
  const body = await response.json();
  assert.equal(response.status, 200, JSON.stringify(body));
  return body;
}

/** The newest plan of a session. */
export async function newestPlan(url, session) {
  const response = await fetch(`${url}/v1/sessions/${encodeURIComponent(session)}/plans`);
  assert.equal(response.status, 200);
  const { plans } = await response.json();
  assert.ok(plans.length > 0, `session ${session} has no plan`);
  return plans[0];
}

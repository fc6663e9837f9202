import { afterEach, expect, test } from "bun:test";
import type { Effect, Input } from "../src/generated/types.ts";
import type { ScriptedCore } from "./support/core.ts";
import { ABORTED, build, closeHosts, planning } from "./support/host.ts";
import { Place, until } from "./support/place.ts";
import { FakeSidecar } from "./support/sidecar.ts";

afterEach(closeHosts);

/** As `planning`, and a turn that is ended needs no plan. */
const cancelling = (input: Input, self: ScriptedCore): Effect[] => {
  if (input.type === "aborted") return [{ type: "cancel_plan", plan_id: "p1" }];
  return input.type === "system" && self.got("aborted").length > 0 ? [] : planning(input, self);
};

test("Esc ends the wait at once and tells the sidecar", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.at("state"));
  const { core, prompt, system, event } = build(place, cancelling, { planWaitMs: 8_000 });
  await prompt();
  await until(() => sidecar.planRequests.length === 1);
  await until(() => core.got("link").length === 1);
  const started = performance.now();
  const waiting = system();
  await until(() => core.got("system").length === 1);
  await event("session.error", ABORTED);
  expect(await waiting).toEqual(["You are opencode"]);
  expect(performance.now() - started).toBeLessThan(1_500);
  expect(core.got("aborted")).toEqual([{ type: "aborted", session_id: "s1" }]);
  await until(() => sidecar.cancelled.length === 1);
  expect(sidecar.cancelled).toEqual(["p1"]);
  await sidecar.stop();
});

test("a plan that is cancelled before it was asked for is not asked for", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.at("state"));
  const { core, hooks, prompt, event } = build(place, cancelling);
  void prompt();
  void event("session.error", ABORTED);
  await until(() => core.got("link").length === 1);
  await prompt();
  await until(() => sidecar.planRequests.length === 1);
  await hooks.dispose();
  expect(sidecar.planRequests).toHaveLength(1);
  expect(sidecar.cancelled).toEqual([]);
  await sidecar.stop();
});

test("a plan that is cancelled while it is asked for is cancelled when the sidecar knows of it", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.at("state"));
  const { core, prompt, event } = build(place, cancelling);
  const arrived = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  const order: string[] = [];
  sidecar.override = (path) => {
    if (path === "/v1/plans/p1/cancel") order.push("cancel");
    if (path !== "/v1/plans") return undefined;
    arrived.resolve();
    return answered.promise.then(() => {
      order.push("ask");
      return new Response("broken", { status: 500 });
    });
  };
  await prompt();
  await arrived.promise;
  await event("session.error", ABORTED);
  answered.resolve();
  await until(() => sidecar.cancelled.length === 1);
  expect(order).toEqual(["ask", "cancel"]);
  // Nobody needs to hear why there is no plan that nobody wants.
  expect(core.got("plan_unavailable")).toEqual([]);
  await sidecar.stop();
});

test("a sidecar that does not hear of a cancelled plan is no matter", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.at("state"));
  let asked = 0;
  sidecar.override = (path) => {
    if (!path.endsWith("/cancel")) return undefined;
    asked += 1;
    return new Response("what?", { status: 404 });
  };
  const { said, prompt, event } = build(place, cancelling);
  await prompt();
  await until(() => sidecar.planRequests.length === 1);
  await event("session.error", ABORTED);
  await until(() => asked === 1);
  expect(said).toEqual({ toasts: [], logs: [] });
  await sidecar.stop();
});

import { afterEach, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import type { Input } from "../src/generated/types.ts";
import type { ScriptedCore } from "./support/core.ts";
import { build, closeHosts, planning, spooled } from "./support/host.ts";
import { MODEL } from "./support/opencode.ts";
import { Place, until } from "./support/place.ts";
import { plan } from "./support/plan.ts";
import { FakeSidecar } from "./support/sidecar.ts";

afterEach(closeHosts);

test("the plan that comes over the link ends the wait and reaches the model", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.at("state"));
  sidecar.onPlan = ({ session_id, plan_id }) =>
    sidecar.send({ type: "plan", plan: plan(session_id, plan_id) });
  const { core, host, prompt, system } = build(place, planning);
  await prompt();
  const started = performance.now();
  expect(await system()).toEqual(["You are opencode", "PLAN"]);
  expect(performance.now() - started).toBeLessThan(1_500);
  expect(sidecar.planRequests).toHaveLength(1);
  expect(core.got("link").map(({ frame }) => frame.type)).toEqual(["hello", "plan"]);
  expect(core.got("system").map(({ may_wait }) => may_wait)).toEqual([true, false]);
  expect(host.meter.planWaitMs).toBeGreaterThan(0);
  await sidecar.stop();
});

test("a plan that was missed while the link was down is asked for", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.at("state"));
  const { core, prompt } = build(place, planning);
  await prompt();
  await until(() => sidecar.planRequests.length === 1);
  sidecar.plans = [plan("s1", "p1")];
  sidecar.cutLinks();
  await until(() => core.got("link").some(({ frame }) => frame.type === "plan"));
  await sidecar.stop();
});

test("frames of other processes' sessions do not reach the core", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.at("state"));
  const { core, prompt } = build(place, () => []);
  await prompt("mine");
  await until(() => core.got("link").length === 1);
  sidecar.send({ type: "plan", plan: plan("theirs", "p7") });
  sidecar.send({ type: "plan", plan: plan("mine", "p8") });
  await until(() => core.got("link").length === 2);
  expect(core.got("link")[1]?.frame).toMatchObject({ plan: { plan_id: "p8" } });
  await sidecar.stop();
});

test("a sidecar that refuses the plan ends the wait with the reason", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.at("state"));
  sidecar.override = (path) => (path === "/v1/plans" ? new Response("broken", { status: 500 }) : undefined);
  const { core, prompt, system } = build(place, planning);
  await prompt();
  const started = performance.now();
  expect(await system()).toEqual(["You are opencode", "PLAN"]);
  expect(performance.now() - started).toBeLessThan(1_500);
  expect(core.got("plan_unavailable")).toEqual([
    { type: "plan_unavailable", session_id: "s1", plan_id: "p1", reason: "the sidecar answered 500: broken" },
  ]);
  await sidecar.stop();
});

test("a silent sidecar costs the set wait and no more", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.at("state"));
  const { prompt, system } = build(place, planning, { planWaitMs: 120 });
  await prompt();
  const started = performance.now();
  expect(await system()).toEqual(["You are opencode", "PLAN"]);
  const waited = performance.now() - started;
  expect(waited).toBeGreaterThan(110);
  expect(waited).toBeLessThan(1_000);
  await sidecar.stop();
});

test("without a sidecar: no wait, events in the spool, one notice", async () => {
  using place = new Place();
  const { core, said, hooks, prompt, system } = build(place, (input, self) => {
    if (input.type === "sidecar_unreachable") {
      return [{ type: "notice", level: "warning", message: `Events wait: ${input.reason}` }];
    }
    return [self.emit(input.type), ...planning(input, self)];
  });
  await prompt();
  const started = performance.now();
  await system();
  expect(performance.now() - started).toBeLessThan(500);
  await until(() => said.toasts.length === 1);
  for (let i = 0; i < 5; i += 1) await prompt();
  await hooks.dispose();
  expect(said.toasts).toEqual(["Events wait: the Rozet sidecar is not running"]);
  expect(core.got("sidecar_unreachable")).toHaveLength(1);
  const kinds = spooled(place).map((event) => event.hook_event_type);
  expect(kinds.slice(0, 3).toSorted()).toEqual(["plan_unavailable", "prompt", "system"]);
  expect(kinds.at(-1)).toBe("dispose");
  expect(spooled(place).map((event) => event.seq)).toEqual(kinds.map((_, i) => i + 1));
});

test("effects are applied where OpenCode looks for them", async () => {
  using place = new Place();
  const { hooks } = build(place, (input) => {
    if (input.type === "params") return [{ type: "set_options", options: { reasoning_format: "hidden" } }];
    if (input.type === "text_complete")
      return [{ type: "set_text", text: input.text.replace("<think>x</think>", "") }];
    if (input.type === "compacting") return [{ type: "append_system", text: "keep the plan" }];
    return [];
  });
  const options = { kept: 1 };
  const params = { temperature: 0, topP: 1, topK: 1, maxOutputTokens: 1, options };
  await hooks["chat.params"]({ sessionID: "s", agent: "build", model: MODEL } as never, params);
  expect(params.options).toBe(options);
  expect(options as object).toEqual({ kept: 1, reasoning_format: "hidden" });
  const text = { text: "<think>x</think>done" };
  await hooks["experimental.text.complete"]({ sessionID: "s", messageID: "m", partID: "p" }, text);
  expect(text.text).toBe("done");
  const compaction = { context: [] as string[] };
  await hooks["experimental.session.compacting"]({ sessionID: "s" }, compaction);
  expect(compaction.context).toEqual(["keep the plan"]);
});

test("titles are no step of a turn", async () => {
  using place = new Place();
  const { core, system } = build(place, planning);
  expect(await system("s1", ["You are a title generator. x"])).toHaveLength(1);
  expect(core.got("system")).toEqual([]);
});

test("a child session's prompt carries its parent", async () => {
  using place = new Place();
  const { core, event, prompt } = build(place, () => []);
  await event("session.created", { info: { id: "child", parentID: "root", title: "T" } });
  await prompt("child");
  expect(core.got("prompt")[0]?.parent_id).toBe("root");
  await event("session.deleted", { sessionID: "child" });
  await prompt("child");
  expect(core.got("prompt")[1]?.parent_id).toBeNull();
});

test("nothing that OpenCode hands over makes a hook throw", async () => {
  using place = new Place();
  const { hooks } = build(place, () => {
    throw new Error("the core is broken");
  });
  for (const [name, hook] of Object.entries(hooks)) {
    if (name === "dispose" || name === "tool") continue;
    for (const value of [undefined, null, 7, {}, { event: null }]) {
      await (hook as (...args: unknown[]) => Promise<void>)(value, value);
    }
  }
});

test("events off: nothing is kept, planning goes on", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.at("state"));
  const script = (input: Input, self: ScriptedCore) => [self.emit("x"), ...planning(input, self)];
  const { hooks, prompt } = build(place, script, { observability: false });
  await prompt();
  await until(() => sidecar.planRequests.length === 1);
  await hooks.dispose();
  expect(sidecar.events).toEqual([]);
  expect(spooled(place)).toEqual([]);
  await sidecar.stop();
});

test("events carry the name that was set", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.at("state"));
  const { prompt } = build(place, (_input, self) => [self.emit("x")], { app: "my-project", plan: false });
  await prompt();
  await until(() => sidecar.events.length === 1);
  expect(sidecar.events[0]?.source_app).toBe("my-project");
  await sidecar.stop();
});

test("values of the environment's secrets are masked before they are kept", async () => {
  using place = new Place();
  const env = { SCRIPTED_TOKEN: "abc123def456", OTHER: "abc123" };
  const script = (_input: Input, self: ScriptedCore) => [self.emit("x", { text: "abc123def456 abc123" })];
  const { prompt } = build(place, script, { plan: false }, undefined, env);
  await prompt();
  expect(spooled(place).map((event) => event.payload.text)).toEqual(["[redacted:known] abc123"]);
});

test("planning off: no link", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.at("state"));
  const { prompt } = build(place, (_input, self) => [self.emit("x")], { plan: false });
  await prompt();
  await until(() => sidecar.events.length === 1);
  expect(sidecar.links).toEqual([]);
  await sidecar.stop();
});

test("planning off: what is asked for all the same comes over the link", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.at("state"));
  sidecar.onPlan = ({ session_id, plan_id }) =>
    sidecar.send({ type: "plan", plan: plan(session_id, plan_id) });
  const { core, prompt } = build(place, planning, { plan: false });
  await prompt();
  await until(() => core.got("link").some(({ frame }) => frame.type === "plan"));
  await sidecar.stop();
});

test("wrong settings are told once, at the first prompt", async () => {
  using place = new Place();
  const { said, prompt } = build(place, () => [], { thinking: "loud" });
  expect(said.toasts).toEqual([]);
  await prompt();
  await prompt();
  await until(() => said.toasts.length === 1);
  expect(said.toasts[0]).toContain('"loud"; expected "hide", "remove" or "show"');
});

test("the factory alone leaves no trace, and neither does its end", async () => {
  using place = new Place();
  const { core, hooks } = build(place, (_input, self) => [self.emit("x")]);
  await hooks.dispose();
  expect(core.inputs).toEqual([]);
  expect(readdirSync(place.path)).toEqual([]);
});

test("dispose hands over the last events with the overhead and removes the spool", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.at("state"));
  const { core, hooks, prompt } = build(place, (input, self) => [self.emit(input.type)]);
  await prompt();
  const started = performance.now();
  await hooks.dispose();
  expect(performance.now() - started).toBeLessThan(300);
  expect(sidecar.events.at(-1)?.hook_event_type).toBe("dispose");
  expect(readdirSync(place.at("state", "spool"))).toEqual([]);
  const [dispose] = core.got("dispose");
  expect(dispose?.overhead.hooks.find(({ hook }) => hook === "chat.message")?.calls).toBe(1);
  await prompt();
  await hooks.dispose();
  expect(core.got("prompt")).toHaveLength(1);
  expect(core.got("dispose")).toHaveLength(1);
  await sidecar.stop();
});

test("a sidecar that hangs does not hold dispose; the events stay in the spool", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.at("state"));
  sidecar.override = () => new Promise<Response>(() => {});
  const { hooks, prompt } = build(place, (input, self) => [self.emit(input.type)]);
  await prompt();
  const started = performance.now();
  await hooks.dispose();
  expect(performance.now() - started).toBeLessThan(300);
  expect(spooled(place).at(-1)?.hook_event_type).toBe("dispose");
  await sidecar.stop();
});

test("an instance started while another of the directory is closing stays silent until that is over", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.at("state"));
  sidecar.override = () => new Promise<Response>(() => {});
  const first = build(place, (input, self) => [self.emit(input.type)]);
  await first.prompt();
  const closing = first.hooks.dispose();
  const second = build(place, (input, self) => [self.emit(input.type)]);
  await second.prompt();
  expect(second.core.inputs).toEqual([]);
  await closing;
  await second.prompt();
  expect(second.core.got("prompt")).toHaveLength(1);
  await sidecar.stop();
});

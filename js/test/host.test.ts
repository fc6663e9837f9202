import { afterEach, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { Hooks } from "@opencode-ai/plugin";
import type { Effect, Event, Input } from "../src/generated/types.ts";
import { createHooks } from "../src/host/hooks.ts";
import { Host } from "../src/host/host.ts";
import { readSettings } from "../src/settings.ts";
import { ScriptedCore } from "./support/core.ts";
import { context, MODEL, message, type Said } from "./support/opencode.ts";
import { Place, until } from "./support/place.ts";
import { plan } from "./support/plan.ts";
import { FakeSidecar } from "./support/sidecar.ts";

const open: Hooks[] = [];
afterEach(async () => {
  for (const hooks of open.splice(0)) await hooks.dispose?.();
});

function build(
  place: Place,
  script: (input: Input, core: ScriptedCore) => Effect[],
  options: object = {},
  opencode?: (request: Request) => Promise<Response>,
) {
  const core = new ScriptedCore(script);
  const said: Said = { toasts: [], logs: [] };
  const settings = readSettings(options, {});
  const host = new Host(context(place.path, said, opencode), settings, { ROZET_HOME: place.path }, core.load);
  const hooks = createHooks(host, place.path, settings.core.plan_wait_ms) as Required<Hooks>;
  open.push(hooks);
  const prompt = (session = "s1", text = "make it") =>
    hooks["chat.message"]({ sessionID: session }, message(session, text));
  const system = async (session = "s1", texts = ["You are opencode"]) => {
    await hooks["experimental.chat.system.transform"](
      { sessionID: session, model: MODEL },
      { system: texts },
    );
    return texts;
  };
  const event = (type: string, properties: object) => hooks.event({ event: { type, properties } as never });
  return { core, said, host, hooks, prompt, system, event };
}

function spooled(place: Place): Event[] {
  const folder = place.at("state", "spool");
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((file) =>
    readFileSync(`${folder}/${file}`, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Event),
  );
}

/** Asks for a plan at the prompt, and wants it waited for unless it is known not to come. */
const planning = (input: Input, self: ScriptedCore): Effect[] => {
  if (input.type === "prompt") {
    const { session_id, text } = input;
    const request = { plan_id: "p1", session_id, directory: "/w", text, gate_reason: "work" };
    return [{ type: "request_plan", request }];
  }
  if (input.type === "system") {
    return input.may_wait && self.got("plan_unavailable").length === 0
      ? [{ type: "await_plan", plan_id: "p1", wait_ms: 2_000 }]
      : [{ type: "append_system", text: "PLAN" }];
  }
  return [];
};

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

/** As `planning`, and a turn that is ended needs no plan. */
const cancelling = (input: Input, self: ScriptedCore): Effect[] => {
  if (input.type === "aborted") return [{ type: "cancel_plan", plan_id: "p1" }];
  return input.type === "system" && self.got("aborted").length > 0 ? [] : planning(input, self);
};
const ABORTED = { sessionID: "s1", error: { name: "MessageAbortedError", data: { message: "Aborted" } } };

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

test("a call over the link is made, and the core does not hear of it", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.at("state"));
  const requests: string[] = [];
  const { core, host, prompt } = build(
    place,
    () => [],
    {},
    async (request) => {
      requests.push(`${request.method} ${request.url}`);
      return Response.json({ id: "ses_own" });
    },
  );
  await prompt();
  await until(() => core.got("link").length === 1);
  expect(sidecar.links[0]).toMatchObject({ calls: "1", directory: place.path });
  sidecar.send({ type: "call", call: { id: "c1", method: "POST", path: "/session", timeout_ms: 1_000 } });
  await until(() => sidecar.answers.length === 1);
  expect(sidecar.answers).toEqual([{ id: "c1", status: 200, body: { id: "ses_own" } }]);
  expect(requests).toEqual([
    `POST http://localhost:4096/session?directory=${encodeURIComponent(place.path)}`,
  ]);
  expect(core.got("link").map(({ frame }) => frame.type)).toEqual(["hello"]);
  expect(host.own.has("ses_own")).toBe(true);
  await sidecar.stop();
});

test("closing ends the calls", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.at("state"));
  const requests: Request[] = [];
  const { core, hooks, prompt } = build(
    place,
    () => [],
    {},
    (request) => {
      requests.push(request);
      return new Promise<Response>(() => {});
    },
  );
  await prompt();
  await until(() => core.got("link").length === 1);
  sidecar.send({ type: "call", call: { id: "c1", method: "POST", path: "/session", timeout_ms: 60_000 } });
  await until(() => requests.length === 1);
  await hooks.dispose();
  expect(requests[0]?.signal.aborted).toBe(true);
  expect(sidecar.answers).toEqual([]);
  await sidecar.stop();
});

test("in Rozet's own session every hook is silent, and the planner's prompt stands alone", async () => {
  using place = new Place();
  const { core, host, hooks, event, system } = build(place, (input, self) => {
    if (input.type === "params") return [{ type: "set_options", options: { include_reasoning: false } }];
    return [self.emit(input.type), ...planning(input, self)];
  });
  const own = "ses_own";
  const made = { id: own, parentID: "root", title: "Rozet planning" };
  await event("session.created", { sessionID: own, info: made });
  await hooks["chat.message"]({ sessionID: own }, message(own, "make it"));
  const asked = "You split one request to a coding agent into a short plan. Answer with JSON.";
  expect(await system(own, [`You are X\n<env>\nAGENTS\n${asked}`])).toEqual([asked]);
  const text = { text: "<think>x</think>{}" };
  await hooks["experimental.text.complete"]({ sessionID: own, messageID: "m", partID: "p" }, text);
  expect(text.text).toBe("<think>x</think>{}");
  const call = { tool: "bash", sessionID: own, callID: "c" };
  await hooks["tool.execute.before"](call, { args: {} });
  await hooks["tool.execute.after"]({ ...call, args: {} }, { title: "", output: "", metadata: {} });
  await hooks["experimental.session.compacting"]({ sessionID: own }, { context: [] });
  const about = { sessionID: own };
  const ended = { time: { end: 2 } };
  await event("message.part.updated", { ...about, part: { ...about, type: "reasoning", ...ended } });
  await event("message.part.updated", {
    part: { ...about, type: "tool", callID: "c", tool: "bash", state: { status: "error" } },
  });
  await event("message.updated", {
    ...about,
    info: { ...about, id: "m", role: "assistant", time: { completed: 2 } },
  });
  await event("permission.asked", { ...about, id: "per_1", permission: "bash", patterns: [] });
  await event("session.error", { ...ABORTED, ...about });
  await event("session.idle", about);
  await event("session.deleted", { ...about, info: made });
  await event("session.idle", about);
  expect(core.inputs).toEqual([]);
  expect(host.sessions.has(own)).toBe(false);

  const options = {};
  const params = { temperature: 0, topP: 1, topK: 1, maxOutputTokens: 1, options };
  await hooks["chat.params"]({ sessionID: own, agent: "rozet-planner", model: MODEL } as never, params);
  expect(options).toEqual({ include_reasoning: false });
  expect(core.inputs.map((input) => input.type)).toEqual(["params"]);
  expect(spooled(place)).toEqual([]);
  expect(host.meter.faults).toBe(0);

  // The parent's turn goes on as if nothing had been.
  await hooks["chat.message"]({ sessionID: "root" }, message("root", "make it"));
  expect(core.got("prompt")).toHaveLength(1);
});

test("the agent and the command come with the configuration", async () => {
  using place = new Place();
  const { core, host, hooks } = build(place, () => []);
  const config = {};
  await hooks.config(config);
  expect(Object.keys(config)).toEqual(["agent", "command"]);
  await hooks.config(Object.freeze({}));
  expect(host.meter.faults).toBe(1);
  expect(core.inputs).toEqual([]);
  expect(readdirSync(place.path)).toEqual([]);
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
    if (name === "dispose") continue;
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
  expect(said.toasts[0]).toContain('"loud"; expected "hide" or "show"');
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

import { afterEach, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { ABORTED, build, closeHosts, planning, spooled } from "./support/host.ts";
import { MODEL, message } from "./support/opencode.ts";
import { Place, until } from "./support/place.ts";
import { FakeSidecar } from "./support/sidecar.ts";

afterEach(closeHosts);

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
  expect(Object.keys(config)).toEqual(["permission", "agent", "command"]);
  await hooks.config(Object.freeze({}));
  expect(host.meter.faults).toBe(1);
  expect(core.inputs).toEqual([]);
  expect(readdirSync(place.path)).toEqual([]);
});

import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import type { Hooks } from "@opencode-ai/plugin";
import rozet from "../src/server.ts";
import { context, MODEL, message, type Said } from "./support/opencode.ts";
import { Place, until } from "./support/place.ts";
import { plan, task } from "./support/plan.ts";
import { FakeSidecar } from "./support/sidecar.ts";

const WASM = `${import.meta.dir}/../wasm/rozet_core_bg.wasm`;
const REQUEST = "Create a hello world python script in hello.py and run it with python3";

/** A provider that can be told to keep its thinking to itself. */
const GROQ = { ...(MODEL as object), id: "qwen/qwen3-32b", providerID: "groq" };

let place: Place;
let home: string | undefined;
let said: Said;
let hooks: Required<Hooks>;

beforeEach(async () => {
  if (!existsSync(WASM)) throw new Error("js/wasm is not built: run `cargo xtask wasm`");
  place = new Place();
  home = process.env.ROZET_HOME;
  process.env.ROZET_HOME = place.path;
  said = { toasts: [], logs: [] };
  hooks = (await rozet.server(context(place.path, said))) as Required<Hooks>;
});

afterEach(async () => {
  await hooks?.dispose?.();
  if (home === undefined) delete process.env.ROZET_HOME;
  else process.env.ROZET_HOME = home;
  place?.[Symbol.dispose]();
});

const event = (type: string, properties: object) => hooks.event({ event: { type, properties } as never });
const created = (id: string) => event("session.created", { sessionID: id, info: { id, title: "T" } });

async function system(session: string): Promise<string[]> {
  const texts = ["You are opencode"];
  await hooks["experimental.chat.system.transform"]({ sessionID: session, model: MODEL }, { system: texts });
  return texts.slice(1);
}

test("one prompt, all the way", async () => {
  const sidecar = new FakeSidecar(place.at("state"));
  sidecar.onPlan = ({ session_id, plan_id }) => {
    const tasks = [task("T1", { description: "Write the greeting", files: ["hello.py"], status: "ready" })];
    sidecar.send({ type: "plan", plan: plan(session_id, plan_id, { tasks }) });
  };
  await created("s1");
  await hooks["chat.message"]({ sessionID: "s1" }, message("s1", REQUEST));
  const told = await system("s1");
  expect(sidecar.planRequests).toHaveLength(1);
  expect(sidecar.planRequests[0]).toMatchObject({ session_id: "s1", text: REQUEST, directory: place.path });
  expect(told.join("\n")).toContain("Write the greeting");

  const options = { kept: 1 };
  const params = { temperature: 0, topP: 1, topK: 1, maxOutputTokens: 1, options };
  await hooks["chat.params"]({ sessionID: "s1", agent: "build", model: GROQ } as never, params);
  expect(options as object).toEqual({ kept: 1, reasoning_format: "hidden" });

  const text = { text: "<think>hidden thought</think>All done." };
  await hooks["experimental.text.complete"]({ sessionID: "s1", messageID: "m", partID: "p" }, text);
  expect(text.text.trim()).toBe("All done.");

  const call = { tool: "write", sessionID: "s1", callID: "c1" };
  const args = { filePath: place.at("hello.py"), content: "print('hello')\n" };
  await hooks["tool.execute.before"](call, { args });
  await hooks["tool.execute.after"](
    { ...call, args },
    { title: "hello.py", output: "Wrote file", metadata: {} },
  );
  const tokens = { input: 1, output: 2, reasoning: 3, cache: { read: 4, write: 5 } };
  const info = {
    id: "m",
    sessionID: "s1",
    role: "assistant",
    cost: 0,
    tokens,
    time: { created: 1, completed: 2 },
  };
  await event("message.updated", { sessionID: "s1", info });
  await event("session.idle", { sessionID: "s1" });
  await hooks.dispose();

  const kinds = new Set(sidecar.events.map((sent) => sent.hook_event_type));
  for (const kind of [
    "SessionStart",
    "UserPromptSubmit",
    "PlanRequested",
    "TaskStarted",
    "ToolRequested",
    "ToolCompleted",
    "Stop",
    "SessionEnd",
  ]) {
    expect(kinds).toContain(kind);
  }
  expect(sidecar.events.map((sent) => sent.seq)).toEqual(sidecar.events.map((_, index) => index + 1));
  expect(said.logs).toEqual([]);
  await sidecar.stop();
});

test("a greeting needs no plan", async () => {
  const sidecar = new FakeSidecar(place.at("state"));
  await created("s1");
  await hooks["chat.message"]({ sessionID: "s1" }, message("s1", "hi there"));
  expect(await system("s1")).toEqual([]);
  await hooks.dispose();
  expect(sidecar.planRequests).toEqual([]);
  expect(sidecar.events.map((sent) => sent.hook_event_type)).toContain("PlanSkipped");
  await sidecar.stop();
});

test("Esc while the plan is in the making ends the wait and cancels it", async () => {
  const sidecar = new FakeSidecar(place.at("state"));
  await created("s1");
  await hooks["chat.message"]({ sessionID: "s1" }, message("s1", REQUEST));
  await until(() => sidecar.planRequests.length === 1);
  const waiting = system("s1");
  await event("session.error", { sessionID: "s1", error: { name: "MessageAbortedError", data: {} } });
  expect(await waiting).toEqual([]);
  await until(() => sidecar.cancelled.length === 1);
  expect(sidecar.cancelled).toEqual([sidecar.planRequests[0]?.plan_id ?? ""]);
  await hooks.dispose();
  const notes = sidecar.events.filter((sent) => sent.hook_event_type === "Notification");
  expect(notes.map((sent) => sent.payload.message)).toEqual(["planning was cancelled"]);
  await sidecar.stop();
});

test("the sidecar's planning session leaves no trace, and its thinking is kept out of the answer", async () => {
  const sidecar = new FakeSidecar(place.at("state"));
  await created("s1");
  await hooks["chat.message"]({ sessionID: "s1" }, message("s1", "hi there"));
  const made = { id: "own", parentID: "s1", title: "Rozet planning" };
  await event("session.created", { sessionID: "own", info: made });
  await hooks["chat.message"]({ sessionID: "own" }, message("own", REQUEST));
  expect(await system("own")).toEqual([]);
  const params = { temperature: 0, topP: 1, topK: 1, maxOutputTokens: 1, options: {} };
  await hooks["chat.params"]({ sessionID: "own", agent: "rozet-planner", model: GROQ } as never, params);
  expect(params.options as object).toEqual({ reasoning_format: "hidden" });
  await event("session.idle", { sessionID: "own" });
  await event("session.deleted", { sessionID: "own", info: made });
  await hooks.dispose();
  expect(sidecar.planRequests).toEqual([]);
  expect(sidecar.events.map((sent) => [sent.session_id, sent.hook_event_type])).toEqual([
    ["s1", "SessionStart"],
    ["s1", "UserPromptSubmit"],
    ["s1", "PlanSkipped"],
    ["s1", "Stop"],
    ["s1", "SessionEnd"],
  ]);
  await sidecar.stop();
});

test("`/rozet-plan` gets its plan, whatever the request", async () => {
  const sidecar = new FakeSidecar(place.at("state"));
  await created("s1");
  await hooks["chat.message"]({ sessionID: "s1" }, message("s1", '/rozet-plan "hi there"'));
  await until(() => sidecar.planRequests.length === 1);
  expect(sidecar.planRequests[0]).toMatchObject({ text: "hi there", producer: sidecar.links[0]?.producer });
  await sidecar.stop();
});

test("without a sidecar the turn goes on at once, with one notice", async () => {
  await created("s1");
  await hooks["chat.message"]({ sessionID: "s1" }, message("s1", REQUEST));
  const started = performance.now();
  await system("s1");
  expect(performance.now() - started).toBeLessThan(1_000);
  await until(() => said.toasts.length > 0);
  await hooks["chat.message"]({ sessionID: "s1" }, message("s1", REQUEST));
  await system("s1");
  await hooks.dispose();
  expect(said.toasts).toHaveLength(1);
});

test("whatever stands in a prompt or an output, the core takes it", async () => {
  const sidecar = new FakeSidecar(place.at("state"));
  const odd = [
    "\ud800",
    "a\udc00b",
    "\\ud800",
    "\u0000\u0007",
    "😀".repeat(50_000),
    "",
    "<think>",
    "</think>",
  ];
  await created("s1");
  for (const [index, text] of odd.entries()) {
    await hooks["chat.message"]({ sessionID: "s1" }, message("s1", `Create ${text} in a.txt and test it`));
    await hooks["experimental.text.complete"](
      { sessionID: "s1", messageID: "m", partID: `p${index}` },
      { text },
    );
    const call = { tool: "bash", sessionID: "s1", callID: `c${index}`, args: { command: text } };
    await hooks["tool.execute.before"](call, { args: call.args });
    await hooks["tool.execute.after"](call, { title: text, output: text, metadata: { exit: -1 } });
  }
  await hooks.dispose();
  expect(said.logs).toEqual([]);
  const end = sidecar.events.findLast((sent) => sent.hook_event_type === "SessionEnd");
  expect(end?.payload.overhead).toMatchObject({ core_restarts: 0, hook_faults: 0 });
  await sidecar.stop();
});

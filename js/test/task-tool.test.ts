import { afterEach, expect, test } from "bun:test";
import type { ToolContext, ToolResult } from "@opencode-ai/plugin";
import type { Effect } from "../src/generated/types.ts";
import { build, closeHosts } from "./support/host.ts";
import { Place, until } from "./support/place.ts";
import { plan } from "./support/plan.ts";
import { FakeSidecar } from "./support/sidecar.ts";

afterEach(closeHosts);

const call = (hooks: ReturnType<typeof build>["hooks"], args: object, abort = new AbortController().signal) =>
  hooks.tool.rozet_task?.execute(args as never, { sessionID: "s1", abort } as ToolContext) as Promise<
    Exclude<ToolResult, string>
  >;

const answer = (text: string, refused = false, awaits: string | null = null): Effect => ({
  type: "answer",
  text,
  refused,
  awaits,
});

test("the core answers, and refuses in words", async () => {
  using place = new Place();
  const { hooks, core } = build(place, (input) =>
    input.type === "task_tool" ? [answer(`got ${JSON.stringify(input.args)}`, input.args.task_id === 1)] : [],
  );
  expect((await call(hooks, { task_id: "T1", action: "start" })).output).toBe(
    'got {"task_id":"T1","action":"start"}',
  );
  expect(call(hooks, { task_id: 1 })).rejects.toThrow('got {"task_id":1}');
  expect(core.got("task_verdict")).toHaveLength(0);
});

test("arguments that are no object are an empty one, and a silent core is said", async () => {
  using place = new Place();
  const { hooks, core } = build(place, () => []);
  expect(call(hooks, "T1" as never)).rejects.toThrow("go on without this tool");
  expect(core.got("task_tool")[0]?.args).toEqual({});
});

test("a claim waits for its verdict", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.at("state"));
  const { hooks, core, prompt } = build(place, (input) => {
    if (input.type === "task_tool") return [answer("claimed", false, "T1")];
    return input.type === "task_verdict" ? [answer("T1 is completed")] : [];
  });
  await prompt();
  await until(() => core.got("link").length === 1);
  const result = call(hooks, {});
  const task = plan("s1", "p1").tasks[0];
  if (task === undefined) throw new Error("a plan without a task");
  sidecar.send({ type: "task", plan_id: "p1", session_id: "s1", task: { ...task, status: "verifying" } });
  await until(() => core.got("link").length === 2);
  expect(core.got("task_verdict")).toHaveLength(0);
  sidecar.send({ type: "task", plan_id: "p1", session_id: "s1", task: { ...task, status: "completed" } });
  expect((await result).output).toBe("T1 is completed");
  await sidecar.stop();
});

test("without the sidecar, and when the turn ends, nothing is waited for", async () => {
  using place = new Place();
  const { hooks } = build(place, (input) => {
    if (input.type === "task_tool") return [answer("claimed", false, "T1")];
    return input.type === "task_verdict" ? [answer("not over yet")] : [];
  });
  const started = performance.now();
  expect((await call(hooks, {})).output).toBe("not over yet");
  expect((await call(hooks, {}, AbortSignal.abort())).output).toBe("not over yet");
  expect(performance.now() - started).toBeLessThan(1_000);
});

test("the tool is only there where prompts are planned", () => {
  using place = new Place();
  expect(build(place, () => [], { plan: false }).hooks.tool.rozet_task).toBeUndefined();
});

import { afterEach, expect, test } from "bun:test";
import type { Effect, Input, RunNotice, RunRequest } from "../src/generated/types.ts";
import { SIDECAR_TOOLS } from "../src/tools/definitions.ts";
import { build, closeHosts, planning } from "./support/host.ts";
import { Place, until } from "./support/place.ts";
import { plan } from "./support/plan.ts";
import { FakeSidecar } from "./support/sidecar.ts";
import { progress } from "./support/tools.ts";

afterEach(closeHosts);

const notice = (session_id: string, changes: Partial<RunNotice> = {}): RunNotice => ({
  run_id: "run-1",
  plan_id: "p1",
  session_id,
  status: "running",
  note: "T1 running",
  ...changes,
});

const starting = (input: Input): Effect[] =>
  input.type === "prompt" ? [{ type: "start_run", session_id: input.session_id, session_model: "a/b" }] : [];

test("frames of runs reach the core, those of other processes' sessions do not", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.at("state"));
  const { core, prompt } = build(place, () => []);
  await prompt("mine");
  await until(() => core.got("link").length === 1);
  sidecar.send({ type: "run", run: notice("theirs") });
  sidecar.send({ type: "run", run: notice("mine") });
  await until(() => core.got("link").length === 2);
  expect(core.got("link")[1]?.frame).toMatchObject({ run: { session_id: "mine" } });
  await sidecar.stop();
});

test("workers are started without plans being asked for, and the hook does not wait for it", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.at("state"));
  const asked: RunRequest[] = [];
  const gate = Promise.withResolvers<void>();
  sidecar.override = (path, request) =>
    path === "/v1/runs"
      ? request.json().then(async (body) => {
          asked.push(body as RunRequest);
          await gate.promise;
          return Response.json({ run_id: "run-1" });
        })
      : undefined;
  const { core, host, prompt } = build(place, starting, { plan: false });
  await prompt();
  let answered = false;
  const settled = host.answered("s1").then(() => {
    answered = true;
  });
  await until(() => asked.length === 1);
  expect(asked).toEqual([
    { session_id: "s1", session_model: "a/b", producer: core.starts[0]?.producer as string },
  ]);
  expect(answered).toBe(false);
  gate.resolve();
  await settled;
  await until(() => sidecar.openLinks === 1);
  expect(core.got("run_unavailable")).toEqual([]);
  await host.answered("nobody");
  await sidecar.stop();
});

test.each([
  [
    "refuses",
    { status: 404, body: { error: { message: "the session has no plan" } } },
    "the session has no plan",
  ],
  ["fails", { status: 500, body: "broken" }, 'the sidecar answered 500: "broken"'],
])("a sidecar that %s", async (_name, { status, body }, reason) => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.at("state"));
  sidecar.override = (path) => (path === "/v1/runs" ? Response.json(body, { status }) : undefined);
  const { core, prompt } = build(place, starting);
  await prompt();
  await until(() => core.got("run_unavailable").length === 1);
  expect(core.got("run_unavailable")).toEqual([{ type: "run_unavailable", session_id: "s1", reason }]);
  await sidecar.stop();
});

test("without a sidecar no workers", async () => {
  using place = new Place();
  const { core, prompt } = build(place, starting);
  await prompt();
  await until(() => core.got("run_unavailable").length === 1);
  expect(core.got("run_unavailable")[0]?.reason).toBe("the Rozet sidecar is not running");
});

test("a run that was missed while the link was down is asked for", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.at("state"));
  const { core, prompt } = build(place, planning);
  await prompt();
  await until(() => sidecar.planRequests.length === 1);
  sidecar.plans = [plan("s1", "p1")];
  const over = progress("2 of 2 done", { status: "completed", done: true });
  sidecar.override = (path) => (path === "/v1/sessions/s1/run" ? Response.json(over) : undefined);
  sidecar.cutLinks();
  await until(() => core.got("link").some(({ frame }) => frame.type === "run"));
  expect(core.got("link").find(({ frame }) => frame.type === "run")?.frame).toEqual({
    type: "run",
    run: notice("s1", { status: "completed", note: "report: 2 of 2 done", toast: "2 of 2 done" }),
  });
  await sidecar.stop();
});

test("news are shown each time, warnings once", async () => {
  using place = new Place();
  const { said, host } = build(place, () => []);
  for (let i = 0; i < 7; i += 1) host.notices.show("info", "3 of 3 done");
  for (let i = 0; i < 7; i += 1) host.notices.show("warning", "it is not there");
  await until(() => said.toasts.length === 8);
  expect(said.toasts.filter((text) => text === "it is not there")).toHaveLength(1);
});

test.each([
  [
    {},
    [
      "rozet_edit",
      "rozet_list",
      "rozet_read",
      "rozet_search",
      "rozet_shell",
      "rozet_status",
      "rozet_task",
      "rozet_wait",
      "rozet_write",
    ],
  ],
  [
    { auto_execute: false },
    ["rozet_edit", "rozet_list", "rozet_read", "rozet_search", "rozet_shell", "rozet_task", "rozet_write"],
  ],
  [
    { tools: "replace", auto_execute: true },
    ["bash", "edit", "grep", "list", "read", "rozet_status", "rozet_task", "rozet_wait", "write"],
  ],
  [{ tools: "off" }, ["rozet_status", "rozet_task", "rozet_wait"]],
  [{ tools: "off", auto_execute: false }, ["rozet_task"]],
])("options %j register %j", async (options, names) => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.at("state"));
  const { hooks } = build(place, () => [], options);
  expect(Object.keys(hooks.tool).toSorted()).toEqual(names);
  await sidecar.stop();
});

test("OpenCode keeps its own tools where the sidecar is not there to replace them", async () => {
  using place = new Place();
  const { hooks, host, said, prompt } = build(place, () => [], { tools: "replace" });
  expect(Object.keys(hooks.tool)).toEqual(["rozet_task", "rozet_wait", "rozet_status"]);
  await prompt();
  await until(() => said.toasts.length === 1);
  expect(said.toasts[0]).toContain("OpenCode keeps its own tools");
  expect(host.meter.faults).toBe(0);
});

test("OpenCode is told which arguments may be left out", async () => {
  using place = new Place();
  const { hooks } = build(place, () => []);
  const output = { description: "d", parameters: {}, jsonSchema: {} };
  await hooks["tool.definition"]({ toolID: "rozet_read" }, output);
  expect(output.jsonSchema).toEqual(SIDECAR_TOOLS.read_file.parameters);
  const others = { description: "d", parameters: {} };
  await hooks["tool.definition"]({ toolID: "bash" }, others);
  expect(others).toEqual({ description: "d", parameters: {} });
});

test("what a worker asks for is refused at once where no sidecar hears of it, and told", async () => {
  using place = new Place();
  const requests: string[] = [];
  const { core, event } = build(
    place,
    () => [],
    {},
    async (request) => {
      requests.push(`${request.method} ${new URL(request.url).pathname}`);
      return Response.json(true);
    },
  );
  const info = { id: "ses_w", parentID: "s1", title: "Rozet task T1: write it" };
  await event("session.created", { sessionID: "ses_w", info });
  const asked = { id: "per_1", permission: "bash", patterns: ["rm x"] };
  await event("permission.asked", { ...asked, sessionID: "s1", id: "per_0" });
  await event("permission.asked", { ...asked, sessionID: "ses_w" });
  await until(() => requests.length === 1);
  expect(requests).toEqual(["POST /permission/per_1/reply"]);
  expect(core.got("asked")).toHaveLength(2);
  expect(core.got("session_created")).toHaveLength(1);
});

test("what a worker asks for is left to a sidecar that hears of it", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.at("state"));
  const requests: string[] = [];
  const { core, host, event, prompt } = build(
    place,
    () => [],
    {},
    async (request) => {
      requests.push(new URL(request.url).pathname);
      return Response.json(true);
    },
  );
  await prompt();
  await until(() => host.asksAreHeard);
  await event("session.created", {
    sessionID: "ses_w",
    info: { id: "ses_w", title: "Rozet task T1: write it" },
  });
  await event("permission.asked", {
    id: "per_1",
    permission: "bash",
    patterns: ["rm x"],
    sessionID: "ses_w",
  });
  await until(() => core.got("asked").length === 1);
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  expect(requests).toEqual([]);
  await sidecar.stop();
});

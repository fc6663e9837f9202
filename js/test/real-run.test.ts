import { afterEach, beforeEach, expect, test } from "bun:test";
import type { Hooks } from "@opencode-ai/plugin";
import rozet from "../src/server.ts";
import { context, MODEL, message, type Said } from "./support/opencode.ts";
import { Place, until } from "./support/place.ts";
import { plan, task } from "./support/plan.ts";
import { FakeSidecar } from "./support/sidecar.ts";

const REQUEST = "Create a hello world python script in hello.py and run it with python3";

let place: Place;
let home: string | undefined;
let said: Said;
let hooks: Required<Hooks>;

beforeEach(async () => {
  place = new Place();
  home = process.env.ROZET_HOME;
  process.env.ROZET_HOME = place.path;
  said = { toasts: [], logs: [] };
  const options = { auto_execute: true, planWaitMs: 200 };
  hooks = (await rozet.server(context(place.path, said), options)) as Required<Hooks>;
});

afterEach(async () => {
  await hooks?.dispose?.();
  if (home === undefined) delete process.env.ROZET_HOME;
  else process.env.ROZET_HOME = home;
  place?.[Symbol.dispose]();
});

async function system(): Promise<string> {
  const texts = ["You are opencode"];
  await hooks["experimental.chat.system.transform"]({ sessionID: "s1", model: MODEL }, { system: texts });
  return texts.slice(1).join("\n");
}

test("a plan in the hands of workers, with the real core", async () => {
  const sidecar = new FakeSidecar(place.at("state"));
  await hooks["chat.message"]({ sessionID: "s1" }, message("s1", REQUEST));
  await until(() => sidecar.planRequests.length === 1);
  const [wanted] = sidecar.planRequests;
  expect(wanted?.execute).toBe(true);
  expect(await system()).toContain("Call rozet_wait now");

  const plan_id = wanted?.plan_id ?? "";
  const run = {
    run_id: "run-1",
    plan_id,
    session_id: "s1",
    status: "running",
    note: "T1 running: python3",
  } as const;
  const tasks = [task("T1", { files: ["hello.py"], status: "running" })];
  await until(() => sidecar.openLinks === 1);
  sidecar.send({ type: "plan", plan: plan("s1", plan_id, { tasks }) });
  sidecar.send({ type: "run", run });
  let told = "";
  for (let i = 0; i < 200 && !told.includes("T1 running"); i += 1) {
    await Bun.sleep(5);
    told = await system();
  }
  expect(told).toContain("T1 running: python3");
  expect(told).not.toContain("<rozet-plan>");

  // What the main model does meanwhile is not the workers' work.
  const call = { tool: "write", sessionID: "s1", callID: "c1", args: { filePath: place.at("hello.py") } };
  await hooks["tool.execute.after"](call, { title: "", output: "", metadata: {} });
  sidecar.send({
    type: "run",
    run: { ...run, status: "completed", note: "T1 completed", toast: "1 of 1 done" },
  });
  await until(() => said.toasts.length === 1);
  expect(said.toasts).toEqual(["1 of 1 done"]);
  expect(await system()).toContain("T1 completed");
  await hooks.dispose();
  const kinds = sidecar.events.map((sent) => sent.hook_event_type);
  expect(kinds).toContain("ToolCompleted");
  expect(kinds).not.toContain("TaskStarted");
  await sidecar.stop();
});

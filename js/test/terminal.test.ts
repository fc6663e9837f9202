import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { Place, until } from "./support/place.ts";
import { ask, plan, runView, task } from "./support/plan.ts";
import { FakeSidecar } from "./support/sidecar.ts";
import { FakeTerminal } from "./support/terminal.ts";

let place: Place;
let terminal: FakeTerminal;
let sidecar: FakeSidecar | undefined;

beforeEach(() => {
  place = new Place();
  process.env.ROZET_HOME = place.path;
  terminal = new FakeTerminal();
  terminal.session("root");
  terminal.session("child", "root", "look around (@explore subagent)");
  terminal.session("grandchild", "child", "write it (@general subagent)");
});

afterEach(async () => {
  await terminal.dispose();
  await sidecar?.stop();
  sidecar = undefined;
  delete process.env.ROZET_HOME;
  place[Symbol.dispose]();
});

/** A sidecar that also answers what the terminal asks. */
function start(asks: object[] = []): FakeSidecar {
  const started = new FakeSidecar(place.at("state"));
  sidecar = started;
  started.override = (path, request) => {
    if (path === "/v1/asks") return Response.json({ asks });
    if (path === "/v1/events" && request.method === "GET") return Response.json({ events: [] });
    return undefined;
  };
  return started;
}

test("asks of grandchildren are seen and told once; those of children OpenCode shows itself", async () => {
  await terminal.start();
  terminal.show("root");
  terminal.ask("per_1", "child", "ls");
  expect(await terminal.seen()).not.toContain("asks");
  terminal.ask("per_2", "grandchild", "touch x");
  expect(await terminal.seen()).toContain("general asks: bash touch x");
  await until(() => terminal.toasts.length > 0);
  expect(terminal.toasts).toEqual(["general asks: bash touch x · /rozet-asks"]);

  // No screen of a child shows any ask.
  terminal.show("child");
  expect(await terminal.seen()).toContain("explore asks: bash ls and 1 more");
  terminal.show("root");
  terminal.emit("permission.replied", { sessionID: "grandchild", requestID: "per_2", reply: "once" });
  expect(await terminal.seen()).not.toContain("asks");
});

test("an ask that is answered at once is not told", async () => {
  await terminal.start();
  terminal.show("root");
  terminal.ask("per_1", "grandchild", "touch x");
  terminal.emit("session.idle", { sessionID: "grandchild" });
  await Bun.sleep(1_200);
  expect(terminal.toasts).toEqual([]);
});

test("an ask is answered through OpenCode where the sidecar does not know of it", async () => {
  await terminal.start();
  terminal.show("root");
  terminal.ask("per_1", "grandchild", "touch x");
  terminal.enter("rozet-asks");
  expect(terminal.choices()).toEqual(["Allow once", "Allow always", "Reject"]);
  expect(await terminal.seen()).toContain("write it (@general subagent) · waits: just now");
  terminal.choose("Reject");
  await until(() => terminal.replies.length > 0);
  expect(terminal.replies).toEqual([{ requestID: "per_1", directory: "/w", reply: "reject" }]);
});

test("questions are answered one after the other", async () => {
  await terminal.start();
  terminal.show("root");
  const question = (text: string) => ({ question: text, header: text, options: [{ label: `yes, ${text}` }] });
  const questions = [question("one"), question("two")];
  terminal.emit("question.asked", { id: "que_1", sessionID: "grandchild", questions });
  terminal.enter("rozet-asks");
  terminal.choose("yes, one");
  terminal.choose("yes, two");
  await until(() => terminal.replies.length > 0);
  expect(terminal.replies).toMatchObject([{ requestID: "que_1", answers: [["yes, one"], ["yes, two"]] }]);
});

test("an ask that the sidecar knows is answered through it, and one that is settled says so", async () => {
  const answers: Array<{ by: string | null; body: unknown }> = [];
  const asked = ask("per_9", {
    agent: "build",
    title: "edit a.rs",
    permission: "edit",
    session_id: "elsewhere",
  });
  const started = start([asked]);
  const usual = started.override;
  let status = 200;
  started.override = (path, request) => {
    if (path !== "/v1/asks/per_9/answer") return usual(path, request);
    return request.json().then((body) => {
      answers.push({ by: request.headers.get("x-rozet-by"), body });
      const error = { code: "settled", message: "the dashboard allowed it already" };
      return status === 200 ? Response.json(asked) : Response.json({ error }, { status });
    });
  };
  await terminal.start();
  terminal.show("root");
  await until(() => terminal.toasts.some((toast) => toast.startsWith("build asks: edit a.rs")));
  terminal.enter("rozet-asks");
  terminal.choose("Allow once");
  await until(() => answers.length === 1);
  expect(answers).toEqual([{ by: "tui", body: { answer: "once" } }]);
  expect(terminal.replies).toEqual([]);
  status = 409;
  terminal.enter("rozet-asks");
  terminal.choose("Allow always");
  await until(() => terminal.toasts.some((toast) => toast.includes("the dashboard allowed it already")));
  expect(terminal.replies).toEqual([]);
});

test("tasks are acted on through the sidecar, and what the person did is an event of the terminal's own", async () => {
  const started = start();
  const acts: string[] = [];
  const usual = started.override;
  started.override = (path, request) => {
    if (!path.startsWith("/v1/tasks/")) return usual(path, request);
    acts.push(`${path} by ${request.headers.get("x-rozet-by")}`);
    return Response.json({ plan_id: "p", task: task("T1", { status: "completed" }), attempts: [] });
  };
  const waits_for = { kind: "human", what: "Does it look right?" } as const;
  started.plans = [
    plan("root", "p", { tasks: [task("T1", { status: "blocked", waits_for, files: ["a.rs"] })] }),
  ];
  await terminal.start();
  terminal.show("root");
  await until(() => terminal.toasts.length > 0);
  expect(terminal.toasts).toEqual(["T1 waits for you: Does it look right? · /rozet-tasks"]);
  terminal.enter("rozet-tasks");
  terminal.choose("T1");
  expect(terminal.choices()).toEqual(["Mark done", "Retry", "Cancel", "Open files"]);
  terminal.choose("Mark done");
  await until(() => terminal.toasts.includes("T1 is completed"));
  expect(acts).toEqual(["/v1/tasks/p/T1/confirm by tui"]);
  await until(() => started.events.length === 3);
  expect(
    started.events.map(({ source_app, session_id, payload }) => [source_app, session_id, payload.action]),
  ).toEqual([
    ["rozet-tui", "root", "opened"],
    ["rozet-tui", "root", "command"],
    ["rozet-tui", "root", "task_marked"],
  ]);
});

test("what a run does is asked for when it is told of, not all the time", async () => {
  const started = start();
  const running = task("T1", { status: "running", since: Date.now() - 65_000 });
  const usual = started.override;
  let looks = 0;
  started.override = (path, request) => {
    if (path !== "/v1/runs/r1") return usual(path, request);
    looks += 1;
    const view = runView("p", [running]);
    return Response.json({ ...view, tasks: [{ ...view.tasks[0], activity: "cargo test" }] });
  };
  started.plans = [plan("root", "p", { tasks: [running] })];
  await terminal.start();
  terminal.show("root");
  await until(() => started.openLinks === 1 && started.links.at(-1)?.session_id === "root");
  const run = { run_id: "r1", plan_id: "p", session_id: "root", status: "running", note: "" } as const;
  for (let frame = 0; frame < 20; frame += 1) started.send({ type: "run", run });
  await until(() => looks > 0);
  await Bun.sleep(100);
  expect(await terminal.seen()).toContain("1 min · cargo test");
  expect(await terminal.seen()).toContain("OpenCode's workers: running");
  expect(looks).toBe(1);
});

test("thinking is chosen for this terminal", async () => {
  await terminal.start({ thinking: "show" });
  expect(terminal.kept.get("thinking_mode")).toBe("show");
  terminal.enter("rozet-thinking");
  terminal.choose("Hide");
  expect(terminal.kept.get("thinking_mode")).toBe("hide");
});

test("with the sidecar away it says so once, where it is asked, and nothing waits", async () => {
  await terminal.start();
  expect(await terminal.seen()).toContain("sidecar not running");
  terminal.show("root");
  expect(await terminal.seen()).toContain("Rozet plan · sidecar not running");
  terminal.enter("rozet-tasks");
  terminal.enter("rozet-dashboard");
  expect(terminal.toasts).toEqual([
    "This session has no plan. The sidecar is not running: rozet-sidecar up",
    "The sidecar is not running: rozet-sidecar up",
  ]);
  terminal.enter("rozet");
  await Bun.sleep(10);
  expect(await terminal.seen()).toContain("not running: start it with rozet-sidecar up");
});

test("the status names the sidecar, another version, and what is degraded here", async () => {
  const started = start();
  const usual = started.override;
  const ours = `rozet-opencode.${process.pid}.aaaa`;
  started.override = (path, request) => {
    if (path !== "/v1/health") return usual(path, request);
    const producers = [{ producer: ours, last_seq: 7, missing: 1, dropped: 0 }];
    const what = "chat.params never fires";
    const degraded = [
      { producer: ours, what, hint: "update OpenCode", since: 1 },
      { producer: "rozet-opencode.1.bbbb", what: "another's", hint: "", since: 1 },
    ];
    return Response.json({ url: started.url, version: "9.9.9", pid: 42, producers, degraded });
  };
  await terminal.start();
  terminal.show("root");
  terminal.enter("rozet");
  await Bun.sleep(50);
  const seen = await terminal.seen();
  expect(seen).toContain(`${started.url} · version 9.9.9 · process 42`);
  expect(seen).toContain("install the same of both");
  expect(seen).toContain("7 events told, 1 missing");
  expect(seen).toContain("chat.params never fires: update OpenCode");
  expect(seen).not.toContain("another's");
  expect(seen).toContain("none in this session");
});

test("dispose takes everything away", async () => {
  const started = start();
  await terminal.start();
  terminal.show("root");
  await until(() => started.openLinks === 1 && started.events.length === 1);
  await terminal.dispose();
  await until(() => started.openLinks === 0);
  expect(terminal.commands.size).toBe(0);
  expect([...terminal.handlers.values()].reduce((all, handlers) => all + handlers.size, 0)).toBe(0);
  await until(() => !existsSync(place.at("state", "spool")) || !hasFiles(place.at("state", "spool")));
});

function hasFiles(folder: string): boolean {
  return [...new Bun.Glob("*").scanSync(folder)].length > 0;
}

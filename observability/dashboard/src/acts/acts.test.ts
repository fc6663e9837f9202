import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { takeToken } from "../api/token";
import { anAsk, anAttempt, aPlan, aRun, aSession, aSessionView, aTask, aTaskView } from "../testing/events";
import { openPage, type Page, type Sidecar, settle } from "../testing/page";

let page: Page | undefined;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_800_000_060_000 });
  HTMLDialogElement.prototype.showModal ??= () => {};
});

afterEach(() => {
  page?.wrapper.unmount();
  window.sessionStorage.clear();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const session = aSession();
const plan = aPlan({ tasks: [aTask()] });
const OK = { status: 200, body: {} };

async function open(parts: Partial<Sidecar>, search = "/?session=ses_1", token = "secret"): Promise<Page> {
  window.history.replaceState(null, "", `/#token=${token}`);
  if (token) takeToken();
  page = await openPage({ sessions: [session], plans: { ses_1: [plan] }, ...parts }, search);
  return page;
}

const toast = (one: Page) => one.wrapper.findAll('[data-test="toast"]').map((toast) => toast.text());

describe("answering", () => {
  const path = "POST /v1/asks/per_1/answer";

  it("allows with the command in view, by the token, and says what came of it", async () => {
    const one = await open(
      {
        asks: [anAsk()],
        answers: { [path]: { status: 200, body: anAsk({ state: "allowed", answer: "once" }) } },
      },
      "/",
    );
    expect(one.wrapper.get('[data-ask="per_1"]').text()).toContain("rm -rf build");
    await one.press("Allow once");
    expect(one.sidecar.sent[path]).toEqual({ answer: "once" });
    expect(one.sidecar.headers.get("authorization")).toBe("Bearer secret");
    expect(one.sidecar.headers.get("x-rozet-by")).toBe("dashboard");
    expect(toast(one)).toEqual(["Allowed once."]);
  });

  it("denies with a word to the agent", async () => {
    const one = await open(
      { asks: [anAsk()], answers: { [path]: { status: 200, body: anAsk({ state: "denied" }) } } },
      "/",
    );
    await one.wrapper.get("[data-ask] input").setValue("use make clean");
    await one.press("Deny");
    expect(one.sidecar.sent[path]).toEqual({ answer: "reject", message: "use make clean" });
  });

  it("answers questions with what was chosen and written", async () => {
    const questions = [
      { question: "Which?", options: [{ label: "A" }, { label: "B" }], multiple: true },
      { question: "Why?", options: [], multiple: false },
    ];
    const asks = [anAsk({ kind: "question", questions })];
    const one = await open(
      { asks, answers: { [path]: { status: 200, body: anAsk({ state: "answered" }) } } },
      "/",
    );
    for (const box of one.wrapper.findAll('[data-ask] input[type="checkbox"]')) await box.setValue(true);
    await one.wrapper.findAll('[data-ask] input[type="text"]')[1]?.setValue("because");
    await one.wrapper.get("[data-ask] form").trigger("submit");
    await settle();
    expect(one.sidecar.sent[path]).toEqual({ answers: [["A", "B"], ["because"]] });
  });

  it("says who was quicker", async () => {
    const late = { status: 409, body: { error: { message: "it was allowed by tui already" } } };
    const one = await open({ asks: [anAsk()], answers: { [path]: late } }, "/");
    await one.press("Allow once");
    expect(toast(one)).toEqual(["it was allowed by tui already"]);
  });

  it("is not offered without a token, and ends with one that is refused", async () => {
    const without = await open({ asks: [anAsk()] }, "/", "");
    takeToken();
    await settle();
    expect(without.text()).toContain("rozet-sidecar dashboard");
    without.wrapper.unmount();
    const refused = { status: 401, body: { error: { message: "this needs the header" } } };
    const one = await open({ asks: [anAsk()], answers: { [path]: refused } }, "/");
    await one.press("Allow once");
    expect(one.wrapper.get('[data-test="access"]').text()).toBe("Token refused");
    expect(toast(one)[0]).toContain("rozet-sidecar dashboard");
  });
});

describe("steering", () => {
  const running = aSessionView({ session, plans: [plan], run: aRun() });

  it("asks once before it cancels a run", async () => {
    const one = await open({ views: { ses_1: running }, answers: { "POST /v1/runs/run_1/cancel": OK } });
    await one.press("Cancel run…");
    await one.press("Leave it");
    expect(one.sidecar.asked).not.toContain("POST /v1/runs/run_1/cancel");
    await one.press("Cancel run…");
    await one.press("Cancel the run");
    expect(one.sidecar.asked).toContain("POST /v1/runs/run_1/cancel");
    expect(toast(one)).toEqual(["The run is cancelled."]);
  });

  it("pauses a run, and resumes one", async () => {
    const one = await open({
      views: { ses_1: running },
      answers: { "POST /v1/runs/run_1/pause": OK, "POST /v1/runs/run_1/resume": OK },
    });
    await one.press("Pause run");
    one.sidecar.views = { ses_1: { ...running, run: aRun({ status: "paused" }) } };
    await one.emit({ ...(await import("../testing/events")).anEvent({ id: 99 }) });
    await one.press("Resume run");
    expect(one.sidecar.asked.filter((asked) => asked.startsWith("POST"))).toEqual([
      "POST /v1/runs/run_1/pause",
      "POST /v1/runs/run_1/resume",
    ]);
  });

  it("changes what a run may use", async () => {
    const one = await open({
      views: { ses_1: running },
      answers: { "POST /v1/runs/run_1/budget": { status: 200, body: aRun() } },
    });
    await one.press("Budget…");
    await one.wrapper.get('dialog input[type="number"]').setValue(9);
    await one.wrapper.get("dialog form").trigger("submit");
    await settle();
    expect(one.sidecar.sent["POST /v1/runs/run_1/budget"]).toEqual({ budget_usd: 9 });
  });

  it("shows what an undo would do, and does it only then", async () => {
    const undo = "POST /v1/tasks/plan_1/T1/undo";
    const attempts = [anAttempt({ files: [{ path: "hello.py", restorable: true }] })];
    const one = await open({
      tasks: [aTaskView({ run_id: "run_1", attempts })],
      answers: {
        [undo]: { status: 200, body: { files: [{ path: "hello.py", action: "remove" }], preview: true } },
      },
    });
    await one.press("Undo…");
    expect(one.sidecar.sent[undo]).toEqual({ preview: true });
    expect(one.wrapper.get("dialog").text()).toContain("hello.py is removed.");
    await one.press("Undo the task");
    expect(one.sidecar.sent[undo]).toEqual({ preview: false });
  });

  it("carries a plan out", async () => {
    const one = await open({ answers: { "POST /v1/runs": { status: 201, body: aRun() } } });
    await one.press("Carry out…");
    await one.press("Carry it out");
    expect(one.sidecar.sent["POST /v1/runs"]).toEqual({ plan_id: "plan_1" });
  });

  it("edits a plan, and shows what the sidecar has against it", async () => {
    const put = "PUT /v1/plans/plan_1";
    const wrong = {
      status: 422,
      body: {
        error: { message: "T2: depends_on names T9, which is not there", field: "tasks.1.depends_on" },
      },
    };
    const one = await open({ answers: { [put]: wrong } });
    await one.press("Edit plan");
    await vi.dynamicImportSettled();
    await settle();
    await one.press("Add a task");
    await one.wrapper.findAll('[data-draft="T2"] textarea')[0]?.setValue("And test it");
    await one.wrapper.get("form.editor").trigger("submit");
    await settle();
    expect(one.sidecar.sent[put]).toMatchObject({
      tasks: [{ task_id: "T1" }, { task_id: "T2", description: "And test it" }],
    });
    expect(toast(one)).toEqual(["T2: depends_on names T9, which is not there"]);
    expect(one.wrapper.find("form.editor").exists()).toBe(true);
  });
});

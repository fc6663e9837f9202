import { expect, test } from "bun:test";
import { RGBA } from "@opentui/core";
import { testRender } from "@opentui/solid";
import { createSignal } from "solid-js";
import type { Ask, Plan, RunView, TaskStatus } from "../src/generated/types.ts";
import { carrierOf, lookOf, nextPlan, noteOf, oneLine } from "../src/tui/board.ts";
import { lasting } from "../src/tui/clock.ts";
import { optionsOf } from "../src/tui/options.ts";
import { panel } from "../src/tui/panel.ts";
import { applyThinking, chooseThinking, thinkingMode } from "../src/tui/thinking.ts";
import { hiddenIn, hiddenLine, planningLine, usageLine } from "../src/tui/usage.ts";
import { brand, promptLine, promptWords, type ViewModel } from "../src/tui/views.ts";
import { ask, plan, runView, sum, task } from "./support/plan.ts";

const theme = new Proxy({}, { get: () => RGBA.fromHex("#808080") }) as ReturnType<ViewModel["theme"]>;

const evidence = (detail: string) => ({
  check: { type: "file_exists", path: "x" } as const,
  outcome: "failed" as const,
  detail,
  observed_at: 1,
  duration_ms: 1,
});

test("frames: the session's newest plan, with its tasks as last heard", () => {
  const old = plan("s", "p1", { created_at: 1 });
  const young = plan("s", "p2", { created_at: 2 });
  let shown: Plan | undefined;
  const take = (frame: Parameters<typeof nextPlan>[1]) => {
    shown = nextPlan(shown, frame, "s");
    return shown?.plan_id;
  };
  expect(take({ type: "plan", plan: plan("other", "p0") })).toBeUndefined();
  expect(take({ type: "plan", plan: young })).toBe("p2");
  expect(take({ type: "plan", plan: old })).toBe("p2");
  take({ type: "task", plan_id: "p1", session_id: "s", task: task("T1", { status: "failed" }) });
  expect(shown?.tasks[0]?.status).toBe("planned");
  take({ type: "task", plan_id: "p2", session_id: "s", task: task("T1", { status: "completed" }) });
  expect(shown?.tasks[0]?.status).toBe("completed");
});

test("every status has a look, the unknown too", () => {
  const known: TaskStatus[] = [
    "planned",
    "ready",
    "running",
    "verifying",
    "completed",
    "failed",
    "blocked",
    "cancelled",
  ];
  expect(new Set(known.map((status) => lookOf(status).symbol)).size).toBe(known.length);
  expect(lookOf("new" as TaskStatus)).toEqual({ symbol: "?", tone: "textMuted" });
});

test("notes say what a task waits for and since when, what is done, or why it failed", () => {
  const waits_for = { kind: "permission", what: "bash rm" } as const;
  const blocked = task("T1", { status: "blocked", waits_for, since: 1_000 });
  expect(noteOf(blocked, 181_000)).toBe("waits for a permission · 3 min: bash rm");
  expect(noteOf(task("T1", { status: "blocked", since: 0 }), 20_500)).toBe("blocked · 20 s");
  expect(noteOf(task("T1", { status: "failed", evidence: [evidence("x is missing")] }), 0)).toBe(
    "x is missing",
  );
  const running = task("T1", { status: "running", since: 0 });
  const view = { ...runView("p", [running]).tasks[0], activity: "cargo test" } as never;
  expect(noteOf(running, 65_000, view)).toBe("1 min · cargo test");
  expect(noteOf(running, 5_000)).toBe("just now");
  expect(noteOf(task("T1"), 0)).toBeUndefined();
  const claimed = task("T1", { status: "ready", claim: { by: "todo", statement: "done", at: 1 } });
  expect(noteOf(claimed, 0)).toBe("said to be done, not proved yet");
  expect(oneLine("a\n  b c d", 6)).toBe("a b c…");
});

test("times are as exact as the clock", () => {
  const seconds = (count: number) => lasting(count * 1_000);
  expect([0, 9, 10, 59, 60, 3_599, 3_600, 172_800].map(seconds)).toEqual([
    "just now",
    "just now",
    "10 s",
    "50 s",
    "1 min",
    "59 min",
    "1 h",
    "2 d",
  ]);
});

test("who carries a plan out is told of its own run only", () => {
  const shown = plan("s", "p");
  expect(carrierOf(shown, undefined)).toBeUndefined();
  expect(carrierOf(shown, runView("other", []))).toBeUndefined();
  expect(carrierOf(shown, runView("p", []))).toBe("OpenCode's workers: running");
  expect(carrierOf(shown, runView("p", [], { status: "paused", reason: "the budget is spent" }))).toBe(
    "OpenCode's workers: paused, the budget is spent",
  );
});

test("usage: the sidecar's count with agents before OpenCode's own", () => {
  const tokens = { input: 1_000, output: 20, reasoning: 5, cache: { read: 0, write: 0 } };
  expect(usageLine(undefined, { cost: 0.5, tokens })).toBe("1.0k tokens · $0.50");
  expect(usageLine(undefined, undefined)).toBeUndefined();
  const usage = { inclusive: sum(14_000, 200, 0.042), planning: sum(300, 20, 0, { cost_incomplete: true }) };
  expect(usageLine(usage as never, { tokens })).toBe("14.2k tokens · $0.0420 with agents");
  expect(planningLine(usage as never)).toBe("planning 320 tokens");
});

test("hidden thinking is added up from the ends of turns, and nonsense counts nothing", () => {
  const hidden = { reasoning_parts: 2, reasoning_chars: 900, leaked_blocks: 1, leaked_chars: 300 };
  expect(hiddenLine(hiddenIn([{ hidden }, {}, { hidden: null }, { hidden: { reasoning_parts: "x" } }]))).toBe(
    "3 thoughts hidden · 1.2k characters",
  );
  expect(hiddenLine(hiddenIn([]))).toBeUndefined();
});

function model() {
  const [connected, setConnected] = createSignal(false);
  const [shown, setShown] = createSignal<Plan | undefined>();
  const [run, setRun] = createSignal<RunView | undefined>();
  const [asks, setAsks] = createSignal<readonly Ask[]>([]);
  const [now, setNow] = createSignal(0);
  const view: ViewModel = {
    theme: () => theme,
    connected,
    address: () => "http://127.0.0.1:4000",
    plan: shown,
    run,
    asks,
    counts: () => ["14.2k tokens"],
    now,
    answer: () => {},
    act: () => {},
  };
  return { view, setConnected, setShown, setRun, setAsks, setNow };
}

test("the home line follows the sidecar", async () => {
  const { view, setConnected } = model();
  const screen = await testRender(() => brand(view) as never, { width: 90, height: 3 });
  await screen.renderOnce();
  expect(screen.captureCharFrame()).toContain(
    "Rozet · plans, proof, live view · ○ sidecar not running · rozet-sidecar up",
  );
  setConnected(true);
  await screen.renderOnce();
  expect(screen.captureCharFrame()).toContain("live view · ● http://127.0.0.1:4000");
  expect(screen.captureCharFrame()).not.toContain("rozet-sidecar up");
  screen.renderer.destroy();
});

test("the sidebar shows the plan, who carries it out, and what it waits for", async () => {
  const { view, setConnected, setShown, setRun, setNow } = model();
  const screen = await testRender(() => panel(view) as never, { width: 40, height: 20 });
  const seen = async () => {
    await screen.renderOnce();
    return screen.captureCharFrame();
  };
  expect(await seen()).toContain("Rozet plan · sidecar not running");
  setConnected(true);
  expect(await seen()).toContain("Rozet plan · none yet");
  setShown(
    plan("s", "p", {
      origin: "offline",
      tasks: [
        task("T1", { status: "completed", description: "Create hello.py" }),
        task("T2", { status: "blocked", since: 0, waits_for: { kind: "human", what: "a look at it" } }),
      ],
    }),
  );
  let frame = await seen();
  expect(frame).toContain("Rozet plan 1/2 · offline");
  expect(frame).toContain("━".repeat(36));
  expect(frame).toContain("✓ T1 completed Create hello.py");
  expect(frame).toContain("‖ T2 blocked Do T2");
  expect(frame).toContain("  waits for you · just now: a look");
  expect(frame).toContain("14.2k tokens");
  setRun(runView("p", []));
  setNow(120_000);
  frame = await seen();
  expect(frame).toContain("waits for you · 2 min: a look");
  expect(frame).toContain("OpenCode's workers: running");
  screen.renderer.destroy();
});

test("a long plan is cut, and asks out of sight stand below it", async () => {
  const { view, setShown, setAsks } = model();
  setShown(plan("s", "p2", { tasks: Array.from({ length: 40 }, (_, i) => task(`T${i + 1}`)) }));
  setAsks(Array.from({ length: 5 }, (_, i) => ask(`a${i}`, { agent: "general", title: `bash touch ${i}` })));
  const screen = await testRender(() => panel(view) as never, { width: 40, height: 50 });
  await screen.renderOnce();
  const frame = screen.captureCharFrame();
  expect(frame).toContain("… and 10 more");
  expect(frame).toContain("! general asks: bash touch 0");
  expect(frame).toContain("… and 2 more asks");
  screen.renderer.destroy();
});

test("the prompt's line says the one thing that matters, where there is no sidebar", async () => {
  const { view, setShown, setAsks } = model();
  const said = () => promptWords(view)?.text;
  expect(said()).toBeUndefined();
  const tasks = [task("T1", { status: "completed" }), task("T2", { status: "running" }), task("T3")];
  setShown(plan("s", "p", { tasks }));
  expect(said()).toBe("Rozet 1/3 · T2 running");
  const waits_for = { kind: "permission", what: "bash rm" } as const;
  setShown(plan("s", "p", { tasks: [...tasks, task("T4", { status: "blocked", waits_for })] }));
  expect(said()).toBe("T4 waits for a permission");
  setAsks([ask("a", { agent: "general", permission: "bash" })]);
  expect(said()).toBe("general asks for bash · /rozet-asks");

  const [sidebars, setSidebars] = createSignal(1);
  const screen = await testRender(() => promptLine(view, sidebars) as never, { width: 60, height: 1 });
  await screen.renderOnce();
  expect(screen.captureCharFrame().trim()).toBe("");
  setSidebars(0);
  await screen.renderOnce();
  expect(screen.captureCharFrame()).toContain("general asks for bash");
  screen.renderer.destroy();
});

test("a change of the setting is applied once, and a later choice of the person stays", () => {
  const kept = new Map<string, unknown>();
  const store = {
    get: <Value>(key: string, fallback?: Value) => (kept.has(key) ? kept.get(key) : fallback) as Value,
    set: (key: string, value: unknown) => void kept.set(key, value),
  };
  applyThinking(store, "hide");
  expect(thinkingMode(store)).toBe("hide");
  chooseThinking(store, "show");
  applyThinking(store, "remove");
  expect(thinkingMode(store)).toBe("show");
  chooseThinking(store, "hide");
  applyThinking(store, "show");
  expect(thinkingMode(store)).toBe("show");

  kept.clear();
  kept.set("rozet_hid_thinking", true);
  kept.set("thinking_mode", "show");
  applyThinking(store, "hide");
  expect(thinkingMode(store)).toBe("show");
});

test("options stand in opencode.json or in tui.json, whose word goes over the other's", () => {
  const entries = ["other", ["rozet-opencode@file:/x.tgz", { thinking: "show", plan: false }]];
  expect(optionsOf(undefined, entries, undefined)).toEqual({ thinking: "show", plan: false });
  expect(optionsOf({ thinking: "hide" }, entries, undefined)).toEqual({ thinking: "hide", plan: false });
  expect(optionsOf(undefined, [["file:///w/js", { plan: false }]], "file:///w/js")).toEqual({ plan: false });
  expect(optionsOf(undefined, [["other", { plan: false }], 7, ["rozet-opencode", 7]], undefined)).toEqual({});
  expect(optionsOf("wrong", undefined, undefined)).toBe("wrong");
});

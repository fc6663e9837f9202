import { expect, test } from "bun:test";
import { RGBA } from "@opentui/core";
import { testRender } from "@opentui/solid";
import { createSignal } from "solid-js";
import type { Plan, TaskStatus } from "../src/generated/types.ts";
import { lookOf, nextPlan, noteOf, oneLine } from "../src/tui/board.ts";
import { hideThinkingOnce } from "../src/tui/thinking.ts";
import { brand, planPanel, type ViewModel } from "../src/tui/views.ts";
import { plan, task } from "./support/plan.ts";

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

test("notes say what a task waits for or why it failed", () => {
  const waits_for = { kind: "permission", what: "bash rm" } as const;
  expect(noteOf(task("T1", { status: "blocked", waits_for }))).toBe("waits for permission: bash rm");
  expect(noteOf(task("T1", { status: "failed", evidence: [evidence("x is missing")] }))).toBe("x is missing");
  expect(noteOf(task("T1", { status: "running", waits_for }))).toBeUndefined();
  expect(oneLine("a\n  b c d", 6)).toBe("a b c…");
});

function model() {
  const [connected, setConnected] = createSignal(false);
  const [shown, setShown] = createSignal<Plan | undefined>();
  const view: ViewModel = {
    theme: () => theme,
    connected,
    address: () => "http://127.0.0.1:4000",
    plan: shown,
  };
  return { view, setConnected, setShown };
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

test("the sidebar shows the plan and follows it", async () => {
  const { view, setConnected, setShown } = model();
  const screen = await testRender(() => planPanel(view) as never, { width: 40, height: 20 });
  await screen.renderOnce();
  expect(screen.captureCharFrame()).toContain("Rozet plan · sidecar not running");
  setConnected(true);
  await screen.renderOnce();
  expect(screen.captureCharFrame()).toContain("Rozet plan · none yet");
  setShown(
    plan("s", "p", {
      origin: "offline",
      tasks: [
        task("T1", { status: "completed", description: "Create hello.py" }),
        task("T2", { status: "blocked", waits_for: { kind: "human", what: "a look at it" } }),
      ],
    }),
  );
  await screen.renderOnce();
  const frame = screen.captureCharFrame();
  expect(frame).toContain("Rozet plan 1/2 · offline");
  expect(frame).toContain("✓ T1 completed Create hello.py");
  expect(frame).toContain("‖ T2 blocked Do T2");
  expect(frame).toContain("  waits for human: a look at it");
  setShown(plan("s", "p2", { tasks: Array.from({ length: 40 }, (_, i) => task(`T${i + 1}`)) }));
  const tall = await testRender(() => planPanel(view) as never, { width: 40, height: 40 });
  await tall.renderOnce();
  expect(tall.captureCharFrame()).toContain("… and 10 more");
  screen.renderer.destroy();
  tall.renderer.destroy();
});

test("thinking is hidden once, and a later choice of the person stays", () => {
  const kept = new Map<string, unknown>();
  const store = {
    get: <Value>(key: string, fallback?: Value) => (kept.has(key) ? kept.get(key) : fallback) as Value,
    set: (key: string, value: unknown) => void kept.set(key, value),
  };
  hideThinkingOnce(store);
  expect(kept.get("thinking_mode")).toBe("hide");
  kept.set("thinking_mode", "show");
  hideThinkingOnce(store);
  expect(kept.get("thinking_mode")).toBe("show");
});

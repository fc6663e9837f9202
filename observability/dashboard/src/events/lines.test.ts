import { describe, expect, it } from "vitest";
import { anEvent } from "../testing/events";
import { bodiesOf, rawJson } from "./bodies";
import { kindOf, touchesAsks } from "./kinds";
import { lineOf } from "./lines";

function line(type: string, payload: Record<string, unknown>, rest = {}): string {
  return lineOf(anEvent({ hook_event_type: type, payload, ...rest }));
}

const task = {
  task_id: "T2",
  description: "Write hello.py",
  evidence: [
    { outcome: "passed", detail: "there" },
    { outcome: "failed", detail: "exit 1, expected 0" },
  ],
  waits_for: { kind: "human", what: "allow python3" },
};

describe("one line per type", () => {
  it.each([
    [
      "SessionStart",
      { directory: "/home/ada/work/shop", agent: "build", model: "x/y" },
      "Session started in …/work/shop · agent build · x/y",
    ],
    ["UserPromptSubmit", { prompt: "create a\nhello world" }, "create a hello world"],
    ["PlanSkipped", { reason: "a greeting" }, "No plan: a greeting"],
    ["PlanRequested", { reason: "asks for a file" }, "Asked for a plan: asks for a file"],
    ["TaskPlanned", { task, index: 2, of: 3 }, "T2 of 3: Write hello.py"],
    ["RunStarted", { worker: "local", summary: "0 of 3 done" }, "Workers (local) begin: 0 of 3 done"],
    ["RunPaused", { reason: "no key" }, "The run is paused: no key"],
    [
      "RunEnded",
      { status: "failed", reason: "T1 failed", summary: "2 of 3 done" },
      "The run is failed: T1 failed · 2 of 3 done",
    ],
    ["TaskAssigned", { task_id: "T2", worker: "opencode" }, "T2 given to opencode"],
    ["TaskStarted", { task_id: "T2", by: "main", tool: "write" }, "T2 started by main with write"],
    ["TaskClaimed", { task_id: "T2", by: "todo", statement: "done" }, "todo says that T2 is done: done"],
    ["TaskCompleted", { task_id: "T2", task }, "T2 completed · 1 of 2 checks passed"],
    ["TaskFailed", { task_id: "T2", task }, "T2 failed: exit 1, expected 0"],
    ["TaskBlocked", { task_id: "T2", task }, "T2 waits for a person: allow python3"],
    ["ToolRequested", { tool: "bash", args: { command: "ls -l" } }, "bash: ls -l"],
    ["ToolCompleted", { tool: "bash", title: "ls", exit: 2, duration_ms: 41 }, "bash: ls · exit 2 · 41 ms"],
    ["ToolFailed", { tool: "edit", error: "no match" }, "edit failed: no match"],
    ["PermissionRequest", { permission: "bash", patterns: ["rm *", 7] }, "Asks to use bash: rm *"],
    ["Notification", { level: "info", message: "hello" }, "hello"],
    ["SubagentStart", { child_session_id: "c", title: "explore" }, "Subagent started: explore"],
    ["SubagentStop", { child_session_id: "c" }, "Subagent went idle: c"],
    ["PreCompact", {}, "The conversation is about to be compacted"],
    [
      "Stop",
      {
        usage: { input_tokens: 1200, output_tokens: 30 },
        hidden: { reasoning_parts: 1, reasoning_chars: 40, leaked_blocks: 1, leaked_chars: 2 },
      },
      "Turn ended · 1,200 tokens in, 30 out · hid 2 thoughts (42 characters)",
    ],
    [
      "SessionEnd",
      { reason: "closed", overhead: { factory_ms: 10, hooks: [{ total_ms: 2 }, { total_ms: 0.5 }] } },
      "Session closed · Rozet added 13 ms",
    ],
  ])("%s", (type, payload, expected) => {
    expect(line(type, payload)).toBe(expected);
  });

  it("reads other programs' events by their summary, tool or first fields", () => {
    expect(line("PreToolUse", { tool_name: "Bash", tool_input: { command: "ls" } })).toBe("Bash: ls");
    expect(line("Odd", { a: 1, b: [1, 2], c: {}, d: null })).toBe("a=1 b=[2] c={…} d=null");
    expect(line("Odd", { a: 1 }, { summary: "in short" })).toBe("in short");
  });

  it.each([
    "SessionStart",
    "TaskPlanned",
    "TaskBlocked",
    "ToolCompleted",
    "Stop",
    "Odd",
    "constructor",
    "__proto__",
  ])("%s with nothing or nonsense in it still reads", (type) => {
    expect(line(type, {})).not.toBe("");
    expect(line(type, { task: "x", args: [], usage: 1, hidden: null, evidence: 3, tool: {} })).not.toBe("");
  });

  it("is plain: no control characters, one line, bounded", () => {
    expect(line("Notification", { message: "\u001b[2Jgone\u202e\nnext" })).toBe("⟨ESC⟩[2Jgone⟨U+202E⟩ next");
    expect(line("UserPromptSubmit", { prompt: "x".repeat(1_000_000) }).length).toBeLessThanOrEqual(240);
  });
});

describe("long texts and raw form", () => {
  it("puts the command before the output", () => {
    const event = anEvent({
      hook_event_type: "ToolCompleted",
      payload: { args: { command: "ls" }, output: "a\nb" },
    });
    expect(bodiesOf(event)).toEqual([
      { label: "Command", text: "ls" },
      { label: "Output", text: "a\nb" },
    ]);
    expect(JSON.parse(rawJson(event))).toEqual(event);
  });

  it("survives depth that cannot be written out", () => {
    const ring: Record<string, unknown> = {};
    ring.self = ring;
    expect(rawJson(anEvent({ payload: ring }))).toContain("too deeply");
  });
});

describe("kinds", () => {
  it("labels known types and keeps unknown names", () => {
    expect(kindOf("TaskFailed")).toEqual({ label: "Task failed", tone: "bad" });
    expect(kindOf("toString")).toEqual({ label: "toString", tone: "calm" });
  });

  it("knows which events touch what is asked", () => {
    expect(["PermissionRequest", "Notification", "ToolCompleted"].map(touchesAsks)).toEqual([
      true,
      true,
      false,
    ]);
  });
});

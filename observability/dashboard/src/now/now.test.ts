import { describe, expect, it } from "vitest";
import { NOTHING_USED } from "../format/usage";
import { anAsk, aPlan, aSession, aSessionView, aSpan, aTask } from "../testing/events";
import { agentsOf } from "./agents";
import { lanesOf } from "./lanes";
import { axisTop, barsOf, totalsOf } from "./pulse";
import { sessionsOfNow } from "./useNowSessions";

const child = aSession({ session_id: "child", parent_id: "ses_1", task: "plan_1 T2" });

describe("the agents of now", () => {
  const view = aSessionView({
    descendants: [
      { session: child, depth: 1, usage: NOTHING_USED },
      { session: { ...child, session_id: "done", state: "idle" }, depth: 1, usage: NOTHING_USED },
    ],
    plans: [
      aPlan({
        tasks: [
          aTask({
            task_id: "T2",
            status: "blocked",
            waits_for: { kind: "lock", what: "src/a.ts" },
            since: 7,
          }),
        ],
      }),
    ],
    spans: [aSpan(), aSpan({ session_id: "child", outcome: "completed" })],
  });

  it("are those at work, with their task, tool and what they wait for", () => {
    const [main, worker, ...others] = agentsOf(view, []);
    expect(main).toMatchObject({ task: undefined, tool: { tool: "bash" }, waiting: undefined });
    expect(worker).toMatchObject({
      task: { plan: "plan_1", task: "T2" },
      tool: undefined,
      waiting: { what: "Waits for a lock: src/a.ts", since: 7, isForPerson: false },
    });
    expect(others).toEqual([]);
    expect(agentsOf(view, [], true)).toHaveLength(3);
  });

  it("wait for a person first of all", () => {
    const [, worker] = agentsOf(view, [anAsk({ session_id: "child", asked_at: 9 })]);
    expect(worker?.waiting).toEqual({ what: "Waits for your word on bash", since: 9, isForPerson: true });
  });

  it("have a lane each, on which their tools stand where they ran", () => {
    const spans = [
      aSpan({ started_at: 50, ended_at: 75, outcome: "completed" }),
      aSpan({ started_at: 0, ended_at: 5, key: "old" }),
    ];
    const lanes = lanesOf([aSessionView({ spans, session: aSession({ last_event_at: 75 }) })], 20, 120);
    expect(lanes).toHaveLength(1);
    expect(lanes[0]?.parts).toMatchObject([{ start: 0.3 }]);
    expect(lanes[0]?.parts[0]?.length).toBeCloseTo(0.25);
  });
});

describe("the sessions of now", () => {
  it("are those at work, children included, and those that have just stopped", () => {
    const sessions = [
      aSession({ session_id: "idle", state: "idle", last_event_at: 1_000 }),
      aSession({ session_id: "ses_1", state: "idle", last_event_at: 900 }),
      child,
      aSession({ session_id: "old", state: "idle", last_event_at: -10_000_000 }),
      aSession({ session_id: "over", state: "ended", last_event_at: 1_000 }),
    ];
    expect(sessionsOfNow(sessions, 2_000).map((one) => one.session_id)).toEqual(["ses_1", "idle"]);
  });
});

describe("the pulse", () => {
  const activity = {
    from: 0,
    to: 20,
    bucket_ms: 10,
    types: [
      { hook_event_type: "ToolCompleted", counts: [3, 0] },
      { hook_event_type: "ToolRequested", counts: [2, 1] },
      { hook_event_type: "ToolFailed", counts: [1, 0] },
    ],
  };

  it("stacks the types of one tone on another", () => {
    const [first, second] = barsOf(activity);
    expect(first?.parts).toEqual([
      { tone: "calm", events: 5, below: 0 },
      { tone: "bad", events: 1, below: 5 },
    ]);
    expect([first?.total, second?.total]).toEqual([6, 1]);
    expect(totalsOf(activity).map(({ events }) => events)).toEqual([3, 3, 1]);
    expect(barsOf({ ...activity, types: [] })).toEqual([]);
  });

  it.each([
    [0, 1],
    [1, 1],
    [3, 5],
    [6, 10],
    [11, 20],
    [99, 100],
    [1_001, 2_000],
  ])("has for %i events an axis up to %i", (most, top) => {
    expect(axisTop(most)).toBe(top);
  });
});

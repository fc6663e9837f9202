import { describe, expect, it } from "vitest";
import { ref, shallowRef } from "vue";
import type { StoredEvent } from "../generated/types";
import type { LogView } from "../live/useStream";
import { anEvent, eventsBetween } from "../testing/events";
import { facetsOf } from "./facets";
import { type EventFilter, matcher } from "./filter";
import { rowKey, rowsOf } from "./rows";
import { useTimeline } from "./useTimeline";

const everything: EventFilter = { sessionId: undefined, text: "", sources: [], types: [] };

function matching(filter: Partial<EventFilter>, events: StoredEvent[]): number[] {
  return events.filter(matcher({ ...everything, ...filter })).map((event) => event.id);
}

describe("the filter", () => {
  const events = [
    anEvent({ id: 1, source_app: "rozet-cli", hook_event_type: "TaskPlanned", session_id: "a" }),
    anEvent({
      id: 2,
      hook_event_type: "ToolCompleted",
      payload: { tool: "bash", args: { command: "npm TEST" } },
    }),
    anEvent({
      id: 3,
      hook_event_type: "ToolFailed",
      payload: { tool: "edit", nested: { deep: ["needle"] } },
    }),
  ];

  it("lets all through when it asks for nothing", () => {
    expect(matching({}, events)).toEqual([1, 2, 3]);
  });

  it("goes by session, source and type, all of which must fit", () => {
    expect(matching({ sessionId: "a" }, events)).toEqual([1]);
    expect(matching({ sources: ["rozet-opencode"] }, events)).toEqual([2, 3]);
    expect(matching({ types: ["ToolFailed", "TaskPlanned"] }, events)).toEqual([1, 3]);
    expect(matching({ sources: ["rozet-cli"], types: ["ToolFailed"] }, events)).toEqual([]);
  });

  it("finds words in any case and order, in the line, the names and deep in the payload", () => {
    expect(matching({ text: "test  BASH" }, events)).toEqual([2]);
    expect(matching({ text: "needle" }, events)).toEqual([3]);
    expect(matching({ text: "toolfailed" }, events)).toEqual([3]);
    expect(matching({ text: "bash needle" }, events)).toEqual([]);
  });

  it("takes what looks like a pattern as plain text", () => {
    expect(matching({ text: ".*" }, events)).toEqual([]);
    expect(matching({ text: "(" }, events)).toEqual([]);
  });

  it("survives a payload that cannot be written out", () => {
    const ring: Record<string, unknown> = {};
    ring.self = ring;
    expect(matching({ text: "ring" }, [anEvent({ payload: ring })])).toEqual([]);
  });
});

describe("rows", () => {
  it("set a gap before the event it leads to, also when that one is filtered out", () => {
    const gap = (beforeId: number) => ({ beforeId, missed: 5 });
    const events = [...eventsBetween(1, 2), ...eventsBetween(10, 11)];
    expect(rowsOf(events, [gap(10)]).map(rowKey)).toEqual([1, 2, -10, 10, 11]);
    expect(rowsOf(events, [gap(9), gap(50)]).map(rowKey)).toEqual([1, 2, -9, 10, 11, -50]);
    expect(rowsOf([], [gap(9)]).map(rowKey)).toEqual([-9]);
  });
});

describe("facets", () => {
  it("count the values by name, chosen ones even at none", () => {
    const events = [...eventsBetween(1, 2), anEvent({ source_app: "a" })];
    expect(facetsOf(events, "source_app", ["gone"])).toEqual([
      { value: "a", events: 1 },
      { value: "gone", events: 0 },
      { value: "rozet-opencode", events: 2 },
    ]);
  });
});

describe("follow and pause", () => {
  function timeline(events: StoredEvent[]) {
    const log = shallowRef<LogView>({ events, gaps: [], letGo: 0 });
    const filter = ref<EventFilter>({ ...everything });
    const add = (...more: StoredEvent[]) => {
      events.push(...more);
      log.value = { ...log.value, events };
    };
    return { ...useTimeline(log, filter), log, filter, add };
  }

  it("stands still while paused, counts what came, and shows it afterwards", () => {
    const { rows, newCount, pause, follow, add } = timeline(eventsBetween(1, 3));
    pause("reading");
    add(...eventsBetween(4, 6));
    expect(rows.value.map(rowKey)).toEqual([1, 2, 3]);
    expect(newCount.value).toBe(3);
    follow();
    expect(rows.value.map(rowKey)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(newCount.value).toBe(0);
  });

  it("counts only what fits the filter, and filters what stands still", () => {
    const { rows, newCount, pause, filter, add } = timeline([
      anEvent({ id: 1, hook_event_type: "Stop" }),
      anEvent({ id: 2 }),
    ]);
    pause("button");
    add(anEvent({ id: 3, hook_event_type: "Stop" }), anEvent({ id: 4 }), anEvent({ id: 5 }));
    filter.value = { ...everything, types: ["Stop"] };
    expect(rows.value.map(rowKey)).toEqual([1]);
    expect(newCount.value).toBe(1);
  });

  it("keeps the place where it was first paused", () => {
    const { rows, pause, paused, add } = timeline(eventsBetween(1, 2));
    pause("reading");
    add(anEvent({ id: 3 }));
    pause("button");
    expect(paused.value).toBe("button");
    expect(rows.value.map(rowKey)).toEqual([1, 2]);
  });

  it("counts again from the start when the store was started afresh", () => {
    const { newCount, pause, log } = timeline(eventsBetween(100, 110));
    pause("reading");
    log.value = { events: eventsBetween(1, 2), gaps: [], letGo: 0 };
    expect(newCount.value).toBe(2);
  });
});

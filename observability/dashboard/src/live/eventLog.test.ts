import { describe, expect, it } from "vitest";
import { anEvent, eventsBetween } from "../testing/events";
import { EventLog } from "./eventLog";

function ids(log: EventLog): number[] {
  return log.events.map((event) => event.id);
}

function filled(from: number, to: number): EventLog {
  const log = new EventLog();
  log.merge(eventsBetween(from, to));
  return log;
}

describe("merging what the server repeats", () => {
  it("adds only what is new and leaves no gap when the two overlap", () => {
    const log = filled(1, 10);
    const added = log.merge(eventsBetween(8, 15));
    expect(added.map((event) => event.id)).toEqual([11, 12, 13, 14, 15]);
    expect(ids(log)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    expect(log.gaps).toEqual([]);
  });

  it("sees no gap when the repeated events begin right after the last one held", () => {
    const log = filled(1, 10);
    log.merge(eventsBetween(11, 12));
    expect(log.gaps).toEqual([]);
  });

  it("notes how many were missed when they begin later", () => {
    const log = filled(1, 10);
    log.merge(eventsBetween(500, 501));
    expect(log.gaps).toEqual([{ beforeId: 500, missed: 489 }]);
  });

  it("starts over when ids fall back, when the store is empty, or when an id names another event", () => {
    const fallen = filled(100, 110);
    fallen.merge(eventsBetween(1, 3));
    expect(ids(fallen)).toEqual([1, 2, 3]);

    const emptied = filled(1, 3);
    emptied.merge([]);
    expect(ids(emptied)).toEqual([]);

    const replaced = filled(1, 3);
    replaced.merge([anEvent({ id: 2, event_id: "other.2" }), anEvent({ id: 3, event_id: "other.3" })]);
    expect(replaced.events.map((event) => event.event_id)).toEqual(["other.2", "other.3"]);
  });
});

describe("live events", () => {
  it("are held once, in the order of their ids", () => {
    const log = filled(1, 2);
    const added = [5, 4, 5, 3, 2].flatMap((id) => log.add([anEvent({ id })]));
    expect(added.map((event) => event.id)).toEqual([5, 4, 3]);
    expect(ids(log)).toEqual([1, 2, 3, 4, 5]);
  });
});

describe("bounds", () => {
  it("lets the oldest go beyond the number of events, and counts them", () => {
    const log = new EventLog({ events: 5, chars: 1_000_000 });
    log.merge(eventsBetween(1, 4));
    log.add(eventsBetween(5, 12));
    expect(ids(log)).toEqual([8, 9, 10, 11, 12]);
    expect(log.letGo).toBe(7);
  });

  it("lets the oldest go beyond the amount of text, but keeps the newest whatever its size", () => {
    const log = new EventLog({ events: 100, chars: 10_000 });
    log.merge(eventsBetween(1, 20, { payload: { deep: [{ text: "x".repeat(2_000) }] } }));
    expect(log.events.length).toBeLessThan(6);
    log.add([anEvent({ id: 21, payload: { text: "x".repeat(50_000) } })]);
    expect(ids(log)).toEqual([21]);
  });

  it("does not take back what it let go", () => {
    const log = new EventLog({ events: 3, chars: 1_000_000 });
    log.merge(eventsBetween(1, 6));
    expect(log.merge(eventsBetween(2, 7)).map((event) => event.id)).toEqual([7]);
    expect(log.letGo).toBe(4);
  });

  it("forgets a gap together with the events around it", () => {
    const log = new EventLog({ events: 3, chars: 1_000_000 });
    log.merge(eventsBetween(1, 2));
    log.merge(eventsBetween(10, 11));
    expect(log.gaps).toHaveLength(1);
    log.add(eventsBetween(12, 14));
    expect(log.gaps).toEqual([]);
  });

  it("takes 50,000 events without delay", () => {
    const log = new EventLog();
    const start = performance.now();
    for (let from = 1; from < 50_000; from += 50)
      log.add(eventsBetween(from, from + 49, { payload: { tool: "bash" } }));
    expect(log.events).toHaveLength(20_000);
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});

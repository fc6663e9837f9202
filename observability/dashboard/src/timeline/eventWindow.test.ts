import { describe, expect, it } from "vitest";
import type { EventPage } from "../api/events";
import { anEvent, eventsBetween } from "../testing/events";
import { EventWindow } from "./eventWindow";

const ids = (held: EventWindow) => held.events.map((event) => event.id);
const LIMITS = { events: 100, chars: 1_000_000 };

/** A page of the ids `from` to `to`, the newest first, after which the store goes on or not. */
function newest(from: number, to: number, next?: number): EventPage {
  return { events: eventsBetween(from, to).reverse(), next, newest: to };
}

function oldest(from: number, to: number, next?: number): EventPage {
  return { events: eventsBetween(from, to), next, newest: to };
}

describe("the stretch of events that is held", () => {
  it("begins at the end and takes what happens, each event once", () => {
    const held = new EventWindow(LIMITS);
    held.beginAtEnd(newest(11, 20, 11));
    expect(held.older).toBe(11);
    expect(held.addLive(eventsBetween(19, 22))).toBe(2);
    expect(ids(held)).toEqual(eventsBetween(11, 22).map((event) => event.id));
  });

  it("lets go of the far end as it grows, and knows where to go on", () => {
    const held = new EventWindow(LIMITS);
    held.beginAtEnd(newest(901, 1_000, 901));
    held.addOlder(newest(851, 900, 851));
    expect([held.events[0]?.id, held.last?.id]).toEqual([851, 950]);
    expect([held.older, held.newer]).toEqual([851, 950]);
    expect(held.addLive(eventsBetween(1_001, 1_002))).toBe(0);
    held.addNewer(oldest(951, 1_000));
    expect([held.events[0]?.id, held.last?.id]).toEqual([901, 1_000]);
    expect([held.older, held.newer]).toEqual([901, undefined]);
  });

  it("begins anywhere", () => {
    const held = new EventWindow(LIMITS);
    held.beginAfter(oldest(50, 80, 80), 49);
    expect([held.older, held.newer]).toEqual([50, 80]);
    held.beginAfter(oldest(1, 5), 0);
    expect([held.older, held.newer]).toEqual([undefined, undefined]);
  });

  it("walks through any number of events with a bounded number held", () => {
    const held = new EventWindow(LIMITS);
    held.beginAtEnd(newest(9_951, 10_000, 9_951));
    const seen = new Set(ids(held));
    while (held.older !== undefined) {
      const to = held.older - 1;
      const from = Math.max(1, to - 49);
      held.addOlder(newest(from, to, from > 1 ? from : undefined));
      for (const id of ids(held)) seen.add(id);
      expect(held.events.length).toBeLessThanOrEqual(100);
    }
    expect(seen.size).toBe(10_000);
  });

  it("holds fewer where they are heavy", () => {
    const held = new EventWindow({ events: 1_000, chars: 100_000 });
    const heavy = Array.from({ length: 200 }, (_, at) =>
      anEvent({ id: at + 1, payload: { text: "x".repeat(1_000) } }),
    );
    held.beginAtEnd({ events: heavy.toReversed(), next: undefined, newest: 200 });
    expect(held.events.length).toBeLessThan(100);
    expect(held.last?.id).toBe(200);
  });

  it("puts a changed event in its own place", () => {
    const held = new EventWindow(LIMITS);
    held.beginAtEnd(newest(1, 3));
    expect(held.replace(anEvent({ id: 2, summary: "changed" }))).toBe(true);
    expect(held.replace(anEvent({ id: 9 }))).toBe(false);
    expect(held.events[1]?.summary).toBe("changed");
  });
});

import { describe, expect, it } from "vitest";
import { eventsBetween } from "../testing/events";
import { RecentEvents } from "./recentEvents";

describe("the newest events", () => {
  it("are each held once, in order, and no more than so many", () => {
    const recent = new RecentEvents(3);
    recent.beginAfter(10);
    expect(recent.add(eventsBetween(9, 12)).map((event) => event.id)).toEqual([11, 12]);
    expect(recent.add(eventsBetween(12, 15)).map((event) => event.id)).toEqual([13, 14, 15]);
    expect(recent.events.map((event) => event.id)).toEqual([13, 14, 15]);
    expect(recent.lastId).toBe(15);
  });

  it("say whether something is missing behind an event", () => {
    const recent = new RecentEvents(3);
    recent.beginAfter(10);
    expect([recent.covers(10), recent.covers(9)]).toEqual([true, false]);
    recent.add(eventsBetween(11, 15));
    expect([recent.covers(12), recent.covers(11)]).toEqual([true, false]);
  });
});

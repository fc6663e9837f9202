import { describe, expect, it } from "vitest";
import { anEvent } from "../testing/events";
import { ANY_EVENT, type EventFilter, filterParams, matcher, sameFilter } from "./filter";

const parents = new Map([["child", "root"]]);
const wants = (filter: Partial<EventFilter>) =>
  matcher({ ...ANY_EVENT, ...filter }, (session) => parents.get(session));

describe("a filter of events", () => {
  it("is written as the sidecar reads it", () => {
    const filter = {
      ...ANY_EVENT,
      subtree: "s",
      types: ["Stop", "a&b"],
      tools: ["bash"],
      from: 0,
      text: "  two words ",
    };
    expect(filterParams(filter).toString()).toBe(
      "type=Stop&type=a%26b&tool=bash&subtree=s&from=0&text=two+words",
    );
    expect(filterParams(ANY_EVENT).toString()).toBe("");
    expect(sameFilter(filter, { ...filter, text: "two words" })).toBe(true);
  });

  it.each<[Partial<EventFilter>, boolean]>([
    [{}, true],
    [{ session: "child" }, true],
    [{ session: "root" }, false],
    [{ subtree: "root" }, true],
    [{ subtree: "other" }, false],
    [{ sources: ["rozet-opencode"] }, true],
    [{ sources: ["rozet-cli"] }, false],
    [{ types: ["Stop", "ToolCompleted"] }, true],
    [{ types: ["Stop"] }, false],
    [{ tools: ["bash"] }, true],
    [{ tools: ["edit"] }, false],
    [{ tasks: ["T1"] }, true],
    [{ tasks: ["T2"] }, false],
    [{ from: 5, to: 5 }, true],
    [{ from: 6 }, false],
    [{ to: 4 }, false],
  ])("judges a live event by %o", (filter, isWanted) => {
    const payload = { tool_name: "bash", task_id: "T1" };
    const event = anEvent({ session_id: "child", hook_event_type: "ToolCompleted", timestamp: 5, payload });
    expect(wants(filter)(event)).toBe(isWanted);
  });

  it("learns of children as they come, and is not caught in a circle of parents", () => {
    const isWanted = wants({ subtree: "root" });
    expect(isWanted(anEvent({ session_id: "new" }))).toBe(false);
    expect(isWanted(anEvent({ session_id: "new", payload: { parent_id: "child" } }))).toBe(true);
    expect(isWanted(anEvent({ session_id: "new" }))).toBe(true);
    isWanted(anEvent({ session_id: "a", payload: { parent_id: "b" } }));
    expect(isWanted(anEvent({ session_id: "b", payload: { parent_id: "a" } }))).toBe(false);
  });
});

import { describe, expect, it } from "vitest";
import { anEvent } from "../testing/events";
import { filesAt, touchesOf } from "./files";
import { advanced, fittingSpeed } from "./player";

describe("looking back", () => {
  it("moves on with its speed and ends at the end", () => {
    expect(advanced(1_000, 50, 10, 9_000)).toBe(1_500);
    expect(advanced(8_900, 50, 10, 9_000)).toBe(9_000);
  });

  it("plays a session in about half a minute", () => {
    expect([5_000, 400_000, 3_600_000, 36_000_000].map(fittingSpeed)).toEqual([1, 10, 60, 600]);
  });

  it("knows which files had been written", () => {
    const events = [
      anEvent({ id: 3, timestamp: 30, payload: { tool: "edit", args: { filePath: "a" } } }),
      anEvent({ id: 1, timestamp: 10, payload: { tool: "write", args: { filePath: "a" } } }),
      anEvent({ id: 2, timestamp: 20, payload: { tool: "write", args: { path: "b" } } }),
      anEvent({ id: 4, timestamp: 40, payload: { tool: "write", args: {} } }),
    ];
    const touches = touchesOf(events);
    expect(filesAt(touches, 5)).toEqual([]);
    expect(filesAt(touches, 20).map(({ path }) => path)).toEqual(["b", "a"]);
    expect(filesAt(touches, 99).map(({ path }) => path)).toEqual(["a", "b"]);
  });
});

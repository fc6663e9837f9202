import { describe, expect, it } from "vitest";
import { aSession } from "../testing/events";
import { sessionLines } from "./tree";

function lines(...pairs: [id: string, parent?: string][]): string[] {
  const sessions = pairs.map(([session_id, parent_id]) =>
    aSession({ session_id, ...(parent_id && { parent_id }) }),
  );
  return sessionLines(sessions).map((line) => `${" ".repeat(line.depth)}${line.session.session_id}`);
}

describe("the list of sessions", () => {
  it("keeps the order and puts children under their parents", () => {
    expect(lines(["c2", "a"], ["b"], ["c1", "a"], ["g", "c1"], ["a"])).toEqual([
      "b",
      "a",
      " c2",
      " c1",
      "  g",
    ]);
  });

  it("shows a child whose parent is not there on its own", () => {
    expect(lines(["x", "gone"], ["y"])).toEqual(["x", "y"]);
  });

  it("shows each session once when parents form a ring", () => {
    expect(lines(["a", "b"], ["b", "a"], ["s", "s"]).map((line) => line.trim())).toEqual(["a", "b", "s"]);
  });
});

import { describe, expect, it } from "vitest";
import { diffLines, diffSize, isDiff } from "./diff";

const DIFF = "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n same\n-old\n--- a comment\n+new\n";

describe("a diff", () => {
  it("tells what each line is, also of lines that begin like a head", () => {
    expect(diffLines(DIFF).map((line) => line.kind)).toEqual([
      "file",
      "file",
      "place",
      "same",
      "removed",
      "removed",
      "added",
    ]);
    expect(diffSize(diffLines(DIFF))).toEqual({ added: 1, removed: 2 });
  });

  it("is told from other text", () => {
    expect(isDiff(DIFF)).toBe(true);
    expect(isDiff("+ a list\n- of points")).toBe(false);
  });
});

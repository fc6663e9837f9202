import { describe, expect, it } from "vitest";
import type { Check } from "../generated/types";
import { aPlan, aTask } from "../testing/events";
import { statusCounts } from "./proof";
import { checkWords, originWords, planTitle, waitWords } from "./words";

describe("plans in words", () => {
  it("name their maker", () => {
    expect(originWords(aPlan({ model: "openai/gpt" }))).toBe("Planned by openai/gpt");
    expect(originWords(aPlan({ origin: "offline", model: "openai/gpt" }))).toBe(
      "Planned by the built-in planner",
    );
    expect(originWords(aPlan({ origin: "hand" }))).toBe("Written by hand");
  });

  it("do not repeat the prompt as a title", () => {
    expect(planTitle(aPlan({ summary: "Write it", request: "write it please" }))).toBe("Write it");
    expect(planTitle(aPlan({ summary: "do it ", request: "do it", tasks: [aTask()] }))).toBe(
      "Plan with 1 task",
    );
    expect(planTitle(aPlan({ summary: "", tasks: [] }))).toBe("Plan with 0 tasks");
  });

  it("count their tasks by status, what is done first", () => {
    const tasks = (["planned", "completed", "failed", "completed"] as const).map((status) =>
      aTask({ status }),
    );
    expect(statusCounts(aPlan({ tasks }))).toEqual([
      { status: "completed", tasks: 2 },
      { status: "failed", tasks: 1 },
      { status: "planned", tasks: 1 },
    ]);
  });
});

describe("checks in words", () => {
  it("says what must be true of what", () => {
    expect(checkWords({ type: "command", command: "make" })).toEqual({
      subject: "make",
      says: "exits with 0",
    });
    expect(checkWords({ type: "file_unchanged", path: "a" })).toEqual({ subject: "a", says: "is unchanged" });
    expect(checkWords({ type: "only_touched", paths: ["a", "b/"] }).object).toBe("a, b/");
    expect(checkWords({ type: "file_contains", path: "a", text: "b" })).toEqual({
      subject: "a",
      says: "contains",
      object: "b",
    });
    expect(checkWords({ type: "manual", question: "ok?" })).toEqual({ subject: "", says: "ok?" });
  });

  it("admits what it does not know", () => {
    expect(checkWords({ type: "telepathy" } as unknown as Check).says).toContain("does not know");
    expect(waitWords("moon" as "human")).toBe("Waits for: moon");
  });
});

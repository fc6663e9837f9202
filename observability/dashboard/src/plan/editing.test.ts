import { describe, expect, it } from "vitest";
import { anEvidence, aPlan, aTask } from "../testing/events";
import {
  CHECK_KINDS,
  draftsOf,
  emptyCheck,
  faultsOf,
  freeId,
  isUntouched,
  linesOf,
  moved,
  without,
} from "./editing";

const plan = aPlan({
  tasks: [
    aTask(),
    aTask({ task_id: "T2", depends_on: ["T1"] }),
    aTask({ task_id: "T3", depends_on: ["T1", "T2"] }),
  ],
});
const ids = (drafts: { task_id: string }[]) => drafts.map((draft) => draft.task_id);

describe("editing a plan", () => {
  it("is for plans of which nothing has moved", () => {
    expect(isUntouched(plan)).toBe(true);
    expect(isUntouched(aPlan({ tasks: [aTask({ status: "running" })] }))).toBe(false);
    expect(isUntouched(aPlan({ tasks: [aTask({ evidence: [anEvidence()] })] }))).toBe(false);
  });

  it("moves, adds and removes tasks", () => {
    const drafts = draftsOf(plan);
    expect(ids(moved(drafts, 0, 1))).toEqual(["T2", "T1", "T3"]);
    expect(ids(moved(drafts, 0, -1))).toEqual(["T1", "T2", "T3"]);
    expect(freeId(without(drafts, 0))).toBe("T4");
    expect(without(drafts, 0).map((draft) => draft.depends_on)).toEqual([[], ["T2"]]);
  });

  it("says what is wrong before it is sent", () => {
    const drafts = draftsOf(plan);
    expect(faultsOf(drafts)).toEqual([]);
    expect(faultsOf([])).toEqual(["A plan needs at least one task."]);
    expect(
      faultsOf([
        { ...drafts[0], task_id: "T1", description: " ", files: [], checks: [], depends_on: ["T1"] },
      ]),
    ).toEqual(["T1 says nothing about what is to be done.", "T1 would wait for itself."]);
  });

  it("makes every kind of check", () => {
    expect(CHECK_KINDS.map(({ type }) => emptyCheck(type).type)).toEqual(CHECK_KINDS.map(({ type }) => type));
    expect(linesOf(" a.ts \n\n b.ts")).toEqual(["a.ts", "b.ts"]);
  });
});

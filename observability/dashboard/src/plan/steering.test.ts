import { describe, expect, it } from "vitest";
import { anAttempt, aTask, aTaskView } from "../testing/events";
import { mayDo, undoLines } from "./steering";

describe("what may be done with a task", () => {
  it("is nothing where nobody works at it", () => {
    expect(mayDo(aTask(), undefined)).toEqual({ cancel: false, retry: false, confirm: false, undo: false });
  });

  it("is to cancel what is open and to retry what is not done", () => {
    const view = aTaskView({ run_id: "run_1" });
    expect(mayDo(aTask({ status: "running" }), view)).toMatchObject({ cancel: true, retry: false });
    expect(mayDo(aTask({ status: "failed" }), view)).toMatchObject({ cancel: false, retry: true });
    expect(mayDo(aTask({ status: "completed" }), view)).toMatchObject({ cancel: false, retry: false });
  });

  it("is to confirm what a person judges", () => {
    const checks = [{ type: "manual" as const, question: "Is it nice?" }];
    const waits_for = { kind: "human" as const, what: "Is it nice?" };
    expect(mayDo(aTask({ status: "blocked", checks, waits_for }), undefined).confirm).toBe(true);
    expect(mayDo(aTask({ status: "blocked", checks }), aTaskView({ waits_for })).confirm).toBe(true);
    expect(mayDo(aTask({ status: "blocked", waits_for }), undefined).confirm).toBe(false);
  });

  it("is to undo what changed files, once nobody works at it", () => {
    const attempts = [anAttempt({ files: [{ path: "a", restorable: true }] })];
    expect(mayDo(aTask({ status: "completed" }), aTaskView({ attempts })).undo).toBe(true);
    expect(mayDo(aTask({ status: "running" }), aTaskView({ attempts })).undo).toBe(false);
    expect(
      undoLines([
        { path: "a", action: "remove" },
        { path: "b", action: "restore" },
      ]),
    ).toEqual(["a is removed.", "b becomes what it was before."]);
  });
});

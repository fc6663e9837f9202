import { describe, expect, it } from "vitest";
import { anAsk, anEvent } from "../testing/events";
import { eventAskOf } from "./eventAsks";
import { askWords, outcomeWords } from "./words";

describe("asks", () => {
  it("say what is asked, and what came of it", () => {
    expect(askWords(anAsk())).toBe("wants to use bash");
    expect(askWords(anAsk({ kind: "question" }))).toBe("asks");
    expect(outcomeWords(anAsk({ state: "allowed", answer: "always", answered_by: "dashboard" }))).toBe(
      "Allowed from now on.",
    );
    expect(outcomeWords(anAsk({ state: "denied", answered_by: "tui", reason: "Not today." }))).toBe(
      "Denied by tui. Not today.",
    );
  });

  it("are read from events of the known form", () => {
    const asking = (rest: object) => eventAskOf({ ...anEvent(), ...rest } as ReturnType<typeof anEvent>);
    expect(asking({})).toBeUndefined();
    expect(asking({ humanInTheLoop: { question: "Go on?", type: "permission" } })).toMatchObject({
      kind: "permission",
      question: "Go on?",
      status: "pending",
    });
    const humanInTheLoopStatus = { status: "responded", response: { permission: true } };
    expect(asking({ humanInTheLoop: {}, humanInTheLoopStatus })).toMatchObject({
      kind: "question",
      status: "responded",
      answer: "allowed",
    });
  });
});

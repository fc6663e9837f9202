import { expect, test } from "bun:test";
import { eventInput } from "../src/host/events.ts";

const input = (type: string, properties: object) => eventInput({ type, properties });

test("a permission, with the command or the diff in view", () => {
  const tool = { messageID: "m", callID: "c" };
  const bash = {
    id: "per_1",
    sessionID: "s",
    permission: "bash",
    patterns: ["rm -rf x", 7],
    metadata: {},
    tool,
  };
  expect(input("permission.asked", bash)).toEqual({
    type: "asked",
    session_id: "s",
    details: {
      kind: "permission",
      ask_id: "per_1",
      permission: "bash",
      patterns: ["rm -rf x"],
      command: "rm -rf x",
      call_id: "c",
    },
  });
  const metadata = { filepath: "/w/a", diff: "-a\n+b" };
  const edit = { id: "per_2", sessionID: "s", permission: "edit", patterns: ["a"], metadata };
  expect(input("permission.asked", edit)).toMatchObject({ details: { path: "/w/a", diff: "-a\n+b" } });
});

test("a permission as earlier versions tell of it", () => {
  const early = {
    id: "per_1",
    type: "bash",
    pattern: "rm x",
    sessionID: "s",
    title: "rm x",
    callID: "c",
    metadata: {},
  };
  expect(input("permission.updated", early)).toMatchObject({
    details: { ask_id: "per_1", permission: "bash", patterns: ["rm x"], title: "rm x", call_id: "c" },
  });
  const replied = { sessionID: "s", permissionID: "per_1", response: "always" };
  expect(input("permission.replied", replied)).toMatchObject({ ask_id: "per_1", answer: "always" });
});

test("questions and answers", () => {
  const questions = [{ question: "Which?", header: "H", options: [{ label: "A", description: "" }] }];
  expect(input("question.asked", { id: "que_1", sessionID: "s", questions })).toMatchObject({
    type: "asked",
    details: { kind: "question", ask_id: "que_1", title: "Which?", questions },
  });
  const answered = (type: string, more: object) =>
    input(type, { sessionID: "s", requestID: "que_1", ...more }) as { answer: string };
  expect(answered("question.replied", { answers: [["A", "B"], ["C"]] }).answer).toBe("A, B, C");
  expect(answered("question.rejected", {}).answer).toBe("reject");
  expect(answered("permission.replied", { reply: "once" }).answer).toBe("once");
});

test.each([
  ["permission.asked", { sessionID: "s" }],
  ["permission.asked", { id: "per_1" }],
  ["permission.asked", { id: 7, sessionID: [] }],
  ["question.asked", { sessionID: "s" }],
  ["permission.replied", { sessionID: "s" }],
])("%s without what names it is dropped", (type, properties) => {
  expect(input(type, properties)).toBeUndefined();
});

test("fields of any other shape do no harm", () => {
  const odd = { id: "per_1", sessionID: "s", permission: 1, patterns: { a: 1 }, metadata: "x", tool: 3 };
  expect(input("permission.asked", odd)).toMatchObject({ details: { ask_id: "per_1", patterns: [] } });
  const huge = { id: "per_1", sessionID: "s", permission: "bash", patterns: ["x".repeat(1e6)], metadata: {} };
  expect(JSON.stringify(input("permission.asked", huge)).length).toBeLessThan(10_000);
  expect(input("question.asked", { id: "q", sessionID: "s", questions: "why" })).toMatchObject({
    type: "asked",
  });
});

import { expect, test } from "bun:test";
import { keepPlannerPrompt, OwnSessions, PLANNER_OPENING } from "../src/host/own.ts";

const ASKED = `${PLANNER_OPENING} Answer with JSON.\n\nRules: few.`;

test.each([
  ["in one text with OpenCode's own", [`You are X\n<env>\nAGENTS: do\n${ASKED}`], [ASKED]],
  ["alone", [ASKED], [ASKED]],
  ["in a text of its own", ["You are X", "<env>", ASKED], [ASKED]],
  ["with another plugin's after it", [`You are X\n${ASKED}`, "remember"], [ASKED, "remember"]],
  ["twice", [`You are X\n${ASKED}\n${ASKED}`], [`${ASKED}\n${ASKED}`]],
  ["not at all", ["You are X", "<env>"], ["You are X", "<env>"]],
  ["in other words", ["You split one request"], ["You split one request"]],
  ["nowhere", [], []],
])("the planner's prompt %s", (_name, system, expected) => {
  const given = [...system];
  keepPlannerPrompt(given);
  expect(given).toEqual(expected);
});

const created = (id: string, title: unknown) => ({
  type: "session.created",
  properties: { sessionID: id, info: { id, title } },
});

test("a session is known by its title, and by nothing that comes later", () => {
  const own = new OwnSessions();
  expect(own.concerns(created("a", "Rozet planning"))).toBe(true);
  expect(own.concerns(created("b", "Rozet planning: hello"))).toBe(true);
  expect(own.concerns(created("c", "On Rozet planning"))).toBe(false);
  expect(own.concerns(created("d", undefined))).toBe(false);
  const renamed = created("e", "Rozet planning");
  expect(own.concerns({ ...renamed, type: "session.updated" })).toBe(false);
  expect(["a", "b", "c", "d", "e", undefined].map((id) => own.has(id))).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});

test.each([
  ["session.idle", { sessionID: "s" }],
  ["message.part.delta", { sessionID: "s", delta: "x" }],
  ["message.part.updated", { part: { sessionID: "s" } }],
  ["message.updated", { info: { id: "m", sessionID: "s" } }],
  ["session.deleted", { info: { id: "s" } }],
])("%s of a session of its own", (type, properties) => {
  const own = new OwnSessions();
  expect(own.concerns({ type, properties })).toBe(false);
  own.add("s");
  expect(own.concerns({ type, properties })).toBe(true);
  own.add("t");
  expect(
    own.concerns({ type, properties: JSON.parse(JSON.stringify(properties).replace('"s"', '"r"')) }),
  ).toBe(false);
});

test.each([
  [undefined],
  [null],
  [7],
  [{}],
  [{ type: "x", properties: null }],
  [{ type: "x", properties: {} }],
])("%p concerns nobody", (event) => {
  const own = new OwnSessions();
  own.add("s");
  expect(own.concerns(event)).toBe(false);
});

test("late events of a deleted session find it known; the oldest are forgotten", () => {
  const own = new OwnSessions();
  own.add("first");
  own.add("again");
  expect(own.concerns({ type: "session.deleted", properties: { sessionID: "first" } })).toBe(true);
  expect(own.concerns({ type: "session.error", properties: { sessionID: "first" } })).toBe(true);
  own.add("first");
  for (let i = 0; i < 255; i += 1) own.add(`s${i}`);
  expect([own.has("again"), own.has("first"), own.has("s254")]).toEqual([false, true, true]);
});

const child = (id: string, title: string, parentID?: string) => ({
  type: "session.created",
  properties: { sessionID: id, info: { id, title, ...(parentID && { parentID }) } },
});

test("a worker's session is Rozet's too, and what happens in it is told", () => {
  const own = new OwnSessions();
  expect(own.concerns(child("w", "Rozet task T12: write the tests", "s"))).toBe(false);
  expect([own.has("w"), own.isWorker("w"), own.mayCall("w")]).toEqual([false, true, true]);
  own.concerns(child("x", "Rozet task build: of a run without a session"));
  expect(own.isWorker("x")).toBe(true);
  for (const [id, title] of [
    ["a", "Rozet Tests"],
    ["b", "On Rozet task T1"],
    ["c", "Rozet task"],
  ] as const) {
    own.concerns(child(id, title, "s"));
    expect([id, own.mayCall(id)]).toEqual([id, false]);
  }
  expect([own.note(undefined), own.note({ id: 7, title: "Rozet planning" })]).toEqual([false, false]);
});

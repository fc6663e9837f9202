import { expect, test } from "bun:test";
import { Contract, type Relied } from "../src/host/contract.ts";

const ALL: Relied[] = [
  "chat.message",
  "chat.params",
  "config",
  "event",
  "experimental.chat.system.transform",
  "experimental.session.compacting",
  "experimental.text.complete",
  "tool.definition",
  "tool.execute.after",
  "tool.execute.before",
];

function contract(called: Relied[]) {
  const missing: string[] = [];
  const contract = new Contract(new Set(ALL), (_session, hook) => missing.push(hook));
  for (const hook of called) contract.called(hook);
  const message = (id: string, output = 5, error?: object) =>
    contract.witness({
      type: "message.updated",
      properties: {
        info: { id, role: "assistant", sessionID: "s", time: { completed: 1 }, tokens: { output }, error },
      },
    });
  const part = (fields: object) =>
    contract.witness({ type: "message.part.updated", properties: { part: { sessionID: "s", ...fields } } });
  const tool = (messageID: string) => part({ type: "tool", messageID, state: { status: "completed" } });
  const text = () => part({ type: "text", text: "x", time: { start: 1, end: 2 } });
  return { contract, missing, message, tool, text };
}

test.each(ALL)("%s is missed when it is not called", (hook) => {
  const { contract: watched, missing, message, tool, text } = contract(ALL.filter((other) => other !== hook));
  for (const id of ["m1", "m2", "m3"]) {
    text();
    tool(id);
    message(id);
  }
  watched.witness({ type: "session.compacted", properties: { sessionID: "s" } });
  for (let call = 0; call < 5; call += 1) watched.saw("asked", "s");
  expect(missing).toEqual([hook]);
});

test("one deed may have overtaken its hook", () => {
  const { missing, message, text, tool } = contract([]);
  text();
  tool("m1");
  message("m1");
  expect(missing).toEqual([]);
});

test("what the person runs has no hooks, nor has a turn that broke", () => {
  const { missing, message, tool } = contract([]);
  for (const id of ["m1", "m2", "m3"]) {
    tool(id);
    message(id, 0);
    message(`${id}b`, 5, { name: "APIError" });
  }
  expect(missing).toEqual([]);
});

test("events of any shape are borne", () => {
  const { contract: watched, missing } = contract([]);
  for (const event of [
    {},
    { type: 1 },
    { type: "message.updated" },
    { type: "message.updated", properties: 7 },
  ]) {
    watched.witness(event);
  }
  for (const type of ["message.updated", "message.part.updated", "session.compacted"]) {
    for (const properties of [{}, { part: 1, info: [] }, { part: { type: "tool", state: 1 }, info: {} }]) {
      watched.witness({ type, properties });
    }
  }
  expect(missing).toEqual([]);
});

import { expect, test } from "bun:test";
import { eventInput } from "../src/host/events.ts";

const part = (fields: object) => ({
  type: "message.part.updated",
  properties: { part: { sessionID: "s", ...fields } },
});
const info = (fields: object) => ({
  type: "message.updated",
  properties: { info: { sessionID: "s", ...fields } },
});

test.each([
  ["a streamed token", { type: "message.part.delta", properties: { sessionID: "s", delta: "x" } }],
  ["text", part({ type: "text", text: "hello", time: { start: 1, end: 2 } })],
  ["thinking under way", part({ type: "reasoning", text: "", time: { start: 1 } })],
  ["a tool that runs", part({ type: "tool", callID: "c", tool: "bash", state: { status: "running" } })],
  ["a tool that is done", part({ type: "tool", callID: "c", tool: "bash", state: { status: "completed" } })],
  ["the user's message", info({ role: "user", id: "m", time: { created: 1, completed: 2 } })],
  ["an answer under way", info({ role: "assistant", id: "m", time: { created: 1 } })],
  ["an unknown event", { type: "plugin.added", properties: {} }],
  [
    "an error that nobody wished for",
    { type: "session.error", properties: { sessionID: "s", error: { name: "APIError" } } },
  ],
  [
    "an end outside of a session",
    { type: "session.error", properties: { error: { name: "MessageAbortedError" } } },
  ],
  ["an error without a name", { type: "session.error", properties: { sessionID: "s" } }],
  ["no properties", { type: "session.idle" }],
  ["nonsense", "session.idle"],
  ["nothing", null],
])("%s is dropped", (_name, event) => {
  expect(eventInput(event)).toBeUndefined();
});

test("the end of thinking, without the thoughts", () => {
  const input = eventInput(
    part({ id: "p", messageID: "m", type: "reasoning", text: "secret", time: { start: 1, end: 2 } }),
  );
  expect(input).toEqual({
    type: "reasoning_ended",
    session_id: "s",
    message_id: "m",
    part_id: "p",
    text: "secret",
    signed: false,
    chars: 6,
  });
  const metadata = { anthropic: { signature: "x" } };
  const signed = part({ id: "p", type: "reasoning", text: "secret", time: { end: 2 }, metadata });
  expect(eventInput(signed)).toMatchObject({ signed: true });
});

test("a tool that failed", () => {
  const failed = part({
    type: "tool",
    callID: "c",
    tool: "read",
    state: { status: "error", error: "File not found" },
  });
  expect(eventInput(failed)).toEqual({
    type: "tool_failed",
    session_id: "s",
    call_id: "c",
    tool: "read",
    error: "File not found",
  });
});

test("an answer that ended, with what it used", () => {
  const tokens = { input: 50, output: 20, reasoning: Number.NaN, cache: { read: 3, write: -1 } };
  const event = info({ role: "assistant", id: "m", cost: 0.5, tokens, time: { created: 1, completed: 2 } });
  expect(eventInput(event)).toEqual({
    type: "message_ended",
    session_id: "s",
    message_id: "m",
    usage: {
      input_tokens: 50,
      output_tokens: 20,
      reasoning_tokens: 0,
      cache_read_tokens: 3,
      cache_write_tokens: 0,
      cost_usd: 0.5,
    },
    error: null,
  });
  const broken = info({ role: "assistant", id: "m", error: { name: "APIError" }, time: { completed: 2 } });
  expect(eventInput(broken)).toMatchObject({ error: "APIError" });
});

test("a turn that the person ended", () => {
  const error = { name: "MessageAbortedError", data: { message: "Aborted" } };
  expect(eventInput({ type: "session.error", properties: { sessionID: "s", error } })).toEqual({
    type: "aborted",
    session_id: "s",
  });
});

test("sessions and permissions", () => {
  const created = { sessionID: "s", info: { id: "s", parentID: "p", title: "T" } };
  expect(eventInput({ type: "session.created", properties: created })).toEqual({
    type: "session_created",
    session_id: "s",
    parent_id: "p",
    title: "T",
  });
  expect(eventInput({ type: "session.idle", properties: { sessionID: "s" } })).toEqual({
    type: "session_idle",
    session_id: "s",
  });
  expect(eventInput({ type: "session.deleted", properties: { info: { id: "s" } } })).toEqual({
    type: "session_deleted",
    session_id: "s",
  });
});

test("where a session stands in its history, its own list, and what is taken away", () => {
  const updated = (info: object) => eventInput({ type: "session.updated", properties: { info } });
  expect(updated({ id: "s", revert: { messageID: "m" } })).toEqual({
    type: "reverted",
    session_id: "s",
    message_id: "m",
  });
  expect(updated({ id: "s" })).toEqual({ type: "reverted", session_id: "s", message_id: null });
  const gone = { sessionID: "s", messageID: "m" };
  expect(eventInput({ type: "message.removed", properties: gone })).toEqual({
    type: "message_removed",
    session_id: "s",
    message_id: "m",
  });
  expect(eventInput({ type: "session.compacted", properties: { sessionID: "s" } })).toEqual({
    type: "compacted",
    session_id: "s",
  });
  const todos = [{ content: "write", status: "completed" }, 7, { content: 1 }];
  expect(eventInput({ type: "todo.updated", properties: { sessionID: "s", todos } })).toEqual({
    type: "todos",
    session_id: "s",
    todos: [
      { content: "write", status: "completed" },
      { content: "", status: "" },
    ],
  });
  expect(eventInput({ type: "todo.updated", properties: { sessionID: "s", todos: "many" } })).toBeUndefined();
});

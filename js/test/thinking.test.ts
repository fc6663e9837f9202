import { afterEach, expect, test } from "bun:test";
import { withoutReasoning } from "../src/host/messages.ts";
import { build, closeHosts } from "./support/host.ts";
import { Place, until } from "./support/place.ts";

afterEach(closeHosts);

const thought = (id: string, metadata?: object) => ({ id, type: "reasoning", text: "hm", metadata });
const said = { id: "t", type: "text", text: "hello" };

test("earlier thinking goes back to no model, signed thinking of the turn does", () => {
  const signed = { anthropic: { signature: "x" } };
  const messages = [
    { info: { role: "user" }, parts: [said] },
    { info: { role: "assistant" }, parts: [thought("a", signed), said, thought("b")] },
    { info: { role: "user" }, parts: [said] },
    { info: { role: "assistant" }, parts: [thought("c", signed), thought("d"), said] },
  ];
  const second = messages[1]?.parts;
  withoutReasoning(messages);
  expect(messages.map(({ parts }) => parts.map(({ id }) => id))).toEqual([["t"], ["t"], ["t"], ["c", "t"]]);
  expect(messages[1]?.parts).toBe(second as never);
});

test("what the core wants removed is deleted through OpenCode's API", async () => {
  using place = new Place();
  const requests: string[] = [];
  const { event, said } = build(
    place,
    (input) =>
      input.type === "reasoning_ended"
        ? [{ type: "remove_part", session_id: "s", message_id: "m/1", part_id: input.part_id }]
        : [],
    { thinking: "remove" },
    async (request) => {
      requests.push(`${request.method} ${new URL(request.url).pathname}`);
      return new Response(null, { status: requests.length > 1 ? 500 : 200 });
    },
  );
  const ended = (id: string) =>
    event("message.part.updated", {
      part: { id, sessionID: "s", messageID: "m", type: "reasoning", text: "hm", time: { start: 1, end: 2 } },
    });
  await ended("p1");
  await until(() => requests.length === 1);
  expect(requests).toEqual(["DELETE /session/s/message/m%2F1/part/p1"]);
  await ended("p2");
  await until(() => said.logs.length === 1);
  expect(said.logs[0]).toContain("thinking could not be removed: OpenCode answered 500");
});

test("thoughts cross into the core only where they are to be kept", async () => {
  using place = new Place();
  for (const keepThinking of [false, true]) {
    const { core, event } = build(place, () => [], { keepThinking });
    const part = { id: "p", sessionID: "s", messageID: "m", type: "reasoning", text: "hm", time: { end: 2 } };
    await event("message.part.updated", { part });
    expect(core.got("reasoning_ended")[0]?.text).toBe(keepThinking ? "hm" : null);
  }
});

test("the hook that sees the history is only there to remove from it", () => {
  using place = new Place();
  const name = "experimental.chat.messages.transform";
  expect(build(place, () => [], { thinking: "remove" }).hooks[name]).toBeFunction();
  expect(build(place, () => []).hooks[name]).toBeUndefined();
});

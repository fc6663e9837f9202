import { expect, test } from "bun:test";
import { MAX_OUTPUT } from "../src/host/clip.ts";
import {
  isHousekeeping,
  paramsInput,
  promptInput,
  toolAfterInput,
  toolBeforeInput,
} from "../src/host/inputs.ts";
import { MODEL, message } from "./support/opencode.ts";

test("a prompt of `opencode run`: agent and model come from the message", () => {
  expect(promptInput({ sessionID: "s" }, message("s", "make it"), "parent")).toEqual({
    type: "prompt",
    session_id: "s",
    message_id: "msg_1",
    agent: "build",
    model: "fake/scripted",
    text: "make it",
    files: [],
    parent_id: "parent",
  });
});

test.each([
  ['"two words"', "two words"],
  ['"say \\"hi\\" now"', 'say "hi" now'],
  ['"a" and "b"', '"a" and "b"'],
  ['say "hi"', 'say "hi"'],
  ['"', '"'],
  ['"line one\nline two"', "line one\nline two"],
  ['/rozet-plan "two words"', "/rozet-plan two words"],
  ['/rozet-plan "say \\"hi\\" now"', '/rozet-plan say "hi" now'],
  ['/rozet-plan say "hi"', '/rozet-plan say "hi"'],
])("the quotes that `run` adds around %p go", (given, expected) => {
  expect(promptInput({ sessionID: "s" }, message("s", given), undefined)).toMatchObject({ text: expected });
});

test("synthetic and ignored parts are not the person's words; files are named, data URLs are not", () => {
  const output = message("s", "look") as { parts: unknown[] };
  output.parts.push(
    { type: "text", text: "file content", synthetic: true },
    { type: "text", text: "noise", ignored: true },
    { type: "file", mime: "image/png", url: "data:image/png;base64,AAAA" },
    { type: "file", mime: "text/plain", filename: "a.txt", url: "file:///a.txt" },
    { type: "text", text: "closely" },
  );
  expect(promptInput({ sessionID: "s" }, output as never, undefined)).toMatchObject({
    text: "look\nclosely",
    files: ["image/png", "a.txt"],
  });
});

test("parameters", () => {
  const output = { temperature: 0, topP: 1, topK: 1, maxOutputTokens: 1, options: { a: 1, f: () => 1 } };
  const input = { sessionID: "s", agent: "build", model: MODEL, provider: {}, message: {} } as never;
  expect(paramsInput(input, output)).toEqual({
    type: "params",
    session_id: "s",
    agent: "build",
    provider_id: "fake",
    model_id: "scripted",
    npm: "@ai-sdk/openai-compatible",
    reasoning: true,
    options: { a: 1 },
    configured: {},
  });
  const bare = { sessionID: "s", agent: "build", model: { id: "m", providerID: "p" } } as never;
  expect(paramsInput(bare, output)).toMatchObject({ npm: "", reasoning: false });
});

test("tools", () => {
  const call = { tool: "bash", sessionID: "s", callID: "c" };
  const args = { command: "python3 hello.py" };
  expect(toolBeforeInput(call, { args })).toEqual({
    type: "tool_before",
    session_id: "s",
    call_id: "c",
    tool: "bash",
    args,
  });
  const output = "o".repeat(MAX_OUTPUT + 1_000);
  const after = toolAfterInput({ ...call, args }, { title: "T", output, metadata: { exit: 1 } });
  expect(after).toMatchObject({ title: "T", output_length: output.length, exit: 1, args });
  expect((after as { output: string }).output.length).toBeLessThan(MAX_OUTPUT + 60);
  expect(toolAfterInput({ ...call, args: undefined }, undefined)).toMatchObject({
    title: "",
    output: "",
    output_length: 0,
    exit: null,
    args: {},
  });
});

test("OpenCode's own title and compaction agents are told from a turn", () => {
  expect(isHousekeeping(["You are a title generator. You output ONLY a thread title."])).toBe(true);
  expect(isHousekeeping(["You are a context summarization agent. You are given"])).toBe(true);
  expect(isHousekeeping(["You are opencode, an interactive CLI tool"])).toBe(false);
  expect(isHousekeeping([])).toBe(false);
});

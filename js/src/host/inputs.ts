import type { Hooks } from "@opencode-ai/plugin";
import type { Input, Prompt } from "../generated/types.ts";
import { clip, clipRecord, MAX_OUTPUT, MAX_PROMPT } from "./clip.ts";

/** A hook's arguments, as OpenCode types them. */
export type HookArgs<Name extends keyof Hooks> =
  NonNullable<Hooks[Name]> extends (...args: infer A) => unknown ? A : never;
/** A hook's first argument. */
export type HookInput<Name extends keyof Hooks> = HookArgs<Name>[0];
/** A hook's second argument, which it may change. */
export type HookOutput<Name extends keyof Hooks> = HookArgs<Name> extends [unknown, infer O] ? O : never;

const MAX_FILES = 100;

/** What `chat.message` says. `opencode run` leaves agent and model out of the input but puts them on the message. */
export function promptInput(
  input: HookInput<"chat.message">,
  output: HookOutput<"chat.message">,
  parentId: string | undefined,
): Input {
  const { message, parts } = output;
  const texts: string[] = [];
  const files: string[] = [];
  for (const part of parts) {
    if (part.type === "text" && !part.synthetic && !part.ignored) texts.push(part.text);
    // A file without a name may be a data URL: its content is no name.
    if (part.type === "file" && files.length < MAX_FILES) files.push(clip(part.filename ?? part.mime, 1_024));
  }
  const model = input.model ?? message.model;
  const prompt: Prompt = {
    session_id: input.sessionID,
    message_id: message.id,
    agent: input.agent ?? message.agent ?? null,
    model: model ? `${model.providerID}/${model.modelID}` : null,
    text: clip(unquoted(texts.join("\n")), MAX_PROMPT),
    files,
    parent_id: parentId ?? null,
  };
  return { type: "prompt", ...prompt };
}

/** `opencode run "two words"` hands over the text in literal quotes, its own quotes escaped, also after a command. */
function unquoted(text: string): string {
  const [, command = "", inner] = /^(\/rozet-(?:plan|run)\s+)?"((?:[^"\\]|\\.)*)"$/s.exec(text) ?? [];
  return inner === undefined ? text : command + inner.replaceAll('\\"', '"');
}

/** What `chat.params` says. */
export function paramsInput(input: HookInput<"chat.params">, output: HookOutput<"chat.params">): Input {
  const { model } = input;
  return {
    type: "params",
    session_id: input.sessionID,
    agent: input.agent,
    provider_id: model.providerID,
    model_id: model.id,
    npm: model.api?.npm ?? "",
    reasoning: model.capabilities?.reasoning === true,
    options: clipRecord(output.options),
    configured: clipRecord(model.options),
  };
}

/** What `tool.execute.before` says. */
export function toolBeforeInput(
  input: HookInput<"tool.execute.before">,
  output: HookOutput<"tool.execute.before">,
): Input {
  return {
    type: "tool_before",
    session_id: input.sessionID,
    call_id: input.callID,
    tool: input.tool,
    args: clipRecord(output.args),
  };
}

/** What `tool.execute.after` says; MCP tools leave fields out. */
export function toolAfterInput(
  input: HookInput<"tool.execute.after">,
  output: Partial<HookOutput<"tool.execute.after">> | undefined,
): Input {
  const text = typeof output?.output === "string" ? output.output : "";
  const exit: unknown = output?.metadata?.exit;
  return {
    type: "tool_after",
    session_id: input.sessionID,
    call_id: input.callID,
    tool: input.tool,
    args: clipRecord(input.args),
    title: typeof output?.title === "string" ? clip(output.title, 1_024) : "",
    output: clip(text, MAX_OUTPUT),
    output_length: text.length,
    exit: Number.isInteger(exit) && Math.abs(exit as number) < 2 ** 31 ? (exit as number) : null,
  };
}

/**
 * Whether the system prompt is that of OpenCode's own title or compaction agent, which is no step of a turn: the hook
 * does not name the agent, and a plan in there would only cost tokens.
 */
export function isHousekeeping(system: readonly string[]): boolean {
  const start = system[0]?.slice(0, 200) ?? "";
  return (
    start.startsWith("You are a title generator") || start.startsWith("You are a context summarization agent")
  );
}

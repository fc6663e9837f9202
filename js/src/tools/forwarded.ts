import { isAbsolute, relative, resolve } from "node:path";
import type { ToolContext, ToolDefinition, ToolResult } from "@opencode-ai/plugin";
import { isRecord } from "../host/clip.ts";
import type { Discovery } from "../sidecar/discovery.ts";
import { reason, request, SidecarError } from "../sidecar/request.ts";
import type { Offered } from "./names.ts";

/** A command may take 600 s; the sidecar ends it then, and says so. */
const SHELL_TIMEOUT_MS = 610_000;
/** A write may have to wait for another task's right to the file. */
const TIMEOUT_MS = 130_000;

/** A tool of OpenCode's that the sidecar carries out. What fails becomes the call's error, which the model reads. */
export function forwarded(offered: Offered, discovery: Discovery, directory: string): ToolDefinition {
  return {
    description: offered.description,
    // OpenCode validates none of them, and takes JSON Schema as it is.
    args: offered.parameters.properties as never,
    execute: async (given: unknown, context: ToolContext): Promise<ToolResult> => {
      const args = translated(offered, given);
      const missing = missingOf(offered, given);
      if (missing.length > 0) throw new Error(`Missing: ${missing.join(", ")}. Call the tool again with it.`);
      if (offered.asks) await context.ask(question(offered.asks, args, context));
      const answer = await post(offered, discovery, context, {
        directory,
        session_id: context.sessionID,
        arguments: args,
      });
      const metadata = isRecord(answer.metadata) ? answer.metadata : {};
      return {
        title: typeof answer.title === "string" ? answer.title : "",
        output: typeof answer.output === "string" ? answer.output : "",
        metadata: {
          ...metadata,
          // OpenCode's own shell calls it so.
          ...(metadata.exit === undefined &&
            metadata.exit_code !== undefined && { exit: metadata.exit_code }),
          ...(typeof answer.sandboxed === "boolean" && { sandboxed: answer.sandboxed }),
        },
      };
    },
  };
}

/** The arguments as the sidecar calls them. Models fill in optional ones with nothing: that is as good as leaving them out. */
export function translated(offered: Offered, given: unknown): Record<string, unknown> {
  const required = new Set(offered.parameters.required);
  const args: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(isRecord(given) ? given : {})) {
    if (!Object.hasOwn(offered.parameters.properties, name)) continue;
    const blank = value === undefined || value === null || value === "" || value === 0;
    if (blank && !(required.has(name) && typeof value === "string")) continue;
    args[offered.renamed[name] ?? name] = typed(value, offered.parameters.properties[name]?.type);
  }
  return args;
}

/** Models write numbers and truth values as text, too. */
function typed(value: unknown, type: string | undefined): unknown {
  if (typeof value !== "string") return value;
  if (type === "integer" && /^\s*-?\d+\s*$/.test(value)) return Number(value);
  if (type === "boolean" && /^(true|false)$/i.test(value)) return value.toLowerCase() === "true";
  return value;
}

function missingOf(offered: Offered, given: unknown): string[] {
  const args = isRecord(given) ? given : {};
  return offered.parameters.required.filter((name) => args[name] === undefined || args[name] === null);
}

/** What OpenCode's own tool of the name would ask its person. */
function question(
  asks: NonNullable<Offered["asks"]>,
  args: Record<string, unknown>,
  { directory, worktree }: ToolContext,
): Parameters<ToolContext["ask"]>[0] {
  const about = args[asks.about];
  const said = typeof about === "string" ? about : "*";
  if (asks.permission === "bash") {
    const commands = commandsOf(said);
    const always = commands.map((command) => `${command.split(/\s+/)[0]} *`);
    return { permission: "bash", patterns: commands, always, metadata: { command: said } };
  }
  const pattern = asks.about === "path" && said !== "*" ? placeOf(said, directory, worktree) : said;
  return { permission: asks.permission, patterns: [pattern], always: ["*"], metadata: { ...args } };
}

/** The commands of a command line, each of which a rule may name. */
function commandsOf(line: string): string[] {
  const commands = line.split(/&&|\|\||[;|\n]/).map((command) => command.trim());
  const named = commands.filter((command) => command !== "");
  return named.length > 0 ? named : [line];
}

/** The path as OpenCode's rules have it: relative to the worktree. */
function placeOf(path: string, directory: string, worktree: string): string {
  const whole = isAbsolute(path) ? path : resolve(directory, path);
  return relative(worktree || directory, whole) || ".";
}

async function post(
  offered: Offered,
  discovery: Discovery,
  context: ToolContext,
  body: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const send = () =>
    request(discovery, {
      method: "POST",
      path: `/v1/tools/${offered.tool}`,
      body: JSON.stringify(body),
      timeoutMs: offered.tool === "execute_bash" ? SHELL_TIMEOUT_MS : TIMEOUT_MS,
      signal: context.abort,
    });
  try {
    // A refused token did nothing yet: the sidecar was replaced.
    const answer = await send().catch((error: unknown) => {
      if (error instanceof SidecarError && error.status === 401) return send();
      throw error;
    });
    return isRecord(answer) ? answer : {};
  } catch (error) {
    throw new Error(sentence(error));
  }
}

/** What went wrong, for a model to read and a person to act on. */
export function sentence(error: unknown): string {
  if (error instanceof SidecarError && error.said !== undefined) return error.said;
  const why = reason(error);
  const away = error instanceof SidecarError && error.status === 0;
  return away ? `${capital(why)}. The person can start it with \`rozet-sidecar up\`.` : `Rozet: ${why}.`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

import type { ToolContext, ToolDefinition } from "@opencode-ai/plugin";
import type { RunProgress } from "../../src/generated/types.ts";

/** A call of a tool: what OpenCode 1.18.33 hands to it, and what it asked of the person. */
export function call(signal: AbortSignal = new AbortController().signal, refuse?: string) {
  const asked: Array<Parameters<ToolContext["ask"]>[0]> = [];
  const context = {
    sessionID: "s1",
    messageID: "msg_1",
    callID: "call_1",
    agent: "build",
    directory: "/w",
    worktree: "/w",
    abort: signal,
    metadata: () => {},
    ask: async (question: Parameters<ToolContext["ask"]>[0]) => {
      asked.push(question);
      if (refuse) throw new Error(refuse);
    },
  };
  return { context: context as ToolContext, asked };
}

/** What a tool answers, as an object. */
export async function run(tool: ToolDefinition | undefined, args: object, context = call().context) {
  const answer = await tool?.execute(args as never, context);
  if (answer === undefined || typeof answer === "string") throw new Error(`no result: ${answer}`);
  return answer;
}

/** How a run stands. */
export function progress(title: string, changes: Partial<RunProgress> = {}): RunProgress {
  return {
    run_id: "run-1",
    plan_id: "p1",
    status: "running",
    title,
    report: `report: ${title}`,
    done: false,
    ...changes,
  };
}

/** A stream of server-sent events that a test writes to. */
export class Events {
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** Whether the reader went away. */
  left = false;
  readonly response = new Response(
    new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => {
        this.left = true;
      },
    }),
    { headers: { "content-type": "text/event-stream" } },
  );

  send(data: unknown): void {
    this.#controller?.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(data)}\n\n`));
  }

  end(): void {
    this.#controller?.close();
  }
}

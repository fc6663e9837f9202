import type { ToolContext, ToolDefinition, ToolResult } from "@opencode-ai/plugin";
import { clipRecord } from "../host/clip.ts";
import type { Answer } from "../host/host.ts";
import { TASK_TOOL } from "./definitions.ts";

/** What the tool needs from its surroundings. */
export interface Tasks {
  /** Hands a call to the core. */
  call: (sessionId: string, args: Record<string, unknown>) => Answer | undefined;
  /** Resolves when the task's verdict is there, or after a while. */
  verdict: (sessionId: string, taskId: string, signal: AbortSignal) => Promise<Answer | undefined>;
}

/** `rozet_task`: the model says how a task of the plan stands. The core judges the arguments, the sidecar the claim. */
export function taskTool({ call, verdict }: Tasks): ToolDefinition {
  return {
    description: TASK_TOOL.description,
    args: {},
    execute: async (args: unknown, { sessionID, abort }: ToolContext): Promise<ToolResult> => {
      const answer = call(sessionID, clipRecord(args));
      if (answer === undefined) throw new Error("Rozet cannot follow tasks now: go on without this tool.");
      if (answer.refused) throw new Error(answer.text);
      const task = answer.awaits;
      const last = task ? ((await verdict(sessionID, task, abort)) ?? answer) : answer;
      return { title: last.text, output: last.text, metadata: {} };
    },
  };
}

import type { ToolDefinition } from "@opencode-ai/plugin";
import { type Parameters, RUN_TOOLS, TASK_TOOL } from "./definitions.ts";
import { forwarded } from "./forwarded.ts";
import { offeredTools, type ToolsMode } from "./names.ts";
import { type Tasks, taskTool } from "./task.ts";
import { statusTool, type Waiting, waitTool } from "./waiting.ts";

/** Rozet's tools for OpenCode. */
export interface Registered {
  tools: Record<string, ToolDefinition>;
  /** The JSON Schema of a tool's arguments; undefined for tools of others. */
  schemaOf: (toolId: string) => Parameters | undefined;
}

/** What is registered. */
export interface Wanted {
  mode: ToolsMode;
  /** Whether plans can be carried out by workers at all. */
  runs: boolean;
  /** Where tasks are told of; undefined where nothing is planned. */
  tasks: Tasks | undefined;
}

/** Makes the tools that are wanted. */
export function register({ mode, runs, tasks }: Wanted, waiting: Waiting, directory: string): Registered {
  const schemas = new Map<string, Parameters>();
  const tools: Record<string, ToolDefinition> = {};
  for (const [name, offered] of Object.entries(offeredTools(mode))) {
    tools[name] = forwarded(offered, waiting.discovery, directory);
    schemas.set(name, offered.parameters);
  }
  if (tasks !== undefined) {
    tools.rozet_task = taskTool(tasks);
    schemas.set("rozet_task", TASK_TOOL.parameters);
  }
  if (runs) {
    tools.rozet_wait = waitTool(waiting);
    tools.rozet_status = statusTool(waiting);
    for (const [name, { parameters }] of Object.entries(RUN_TOOLS)) schemas.set(name, parameters);
  }
  return { tools, schemaOf: (toolId) => schemas.get(toolId) };
}

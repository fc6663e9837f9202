import { TOOLS } from "../generated/tools.ts";

/** A tool's arguments, as JSON Schema has it. */
export interface Parameters {
  type: "object";
  properties: Record<
    string,
    { type: string; description?: string; minimum?: number; enum?: readonly string[] }
  >;
  required: readonly string[];
}

/** A tool, as a model is told of it. */
export interface Definition {
  description: string;
  parameters: Parameters;
}

/** The sidecar's tools by the names that it knows them by. OpenCode wants them at start-up, before the sidecar can be asked. */
export const SIDECAR_TOOLS = Object.fromEntries<Definition>(
  TOOLS.map(({ name, ...tool }) => [name, tool]),
) as Record<SidecarTool, Definition>;

/** A tool of the sidecar's. */
export type SidecarTool = (typeof TOOLS)[number]["name"];

const NO_ARGUMENTS: Parameters = { type: "object", properties: {}, required: [] };

/** What every agent has where plans may be carried out by workers: short, as each request to the model pays for it. */
export const RUN_TOOLS = {
  rozet_wait: {
    description: "Wait until Rozet's workers are done; returns what they did.",
    parameters: NO_ARGUMENTS,
  },
  rozet_status: { description: "See what Rozet's workers are doing.", parameters: NO_ARGUMENTS },
} as const satisfies Record<string, Definition>;

/** What the main model has where prompts are planned. */
export const TASK_TOOL: Definition = {
  description: "Say how a task of Rozet's plan stands. What you say is checked.",
  parameters: {
    type: "object",
    properties: {
      task_id: { type: "string" },
      action: { type: "string", enum: ["start", "done", "blocked"] },
      evidence: { type: "string", description: "with done: what shows it" },
      reason: { type: "string", description: "with blocked: what it waits for" },
    },
    required: ["task_id", "action"],
  },
};

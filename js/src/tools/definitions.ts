/** A tool's arguments, as JSON Schema has it. */
export interface Parameters {
  type: "object";
  properties: Record<string, { type: string; description?: string }>;
  required: string[];
}

/** A tool, as a model is told of it. */
export interface Definition {
  description: string;
  parameters: Parameters;
}

/** The sidecar's tools by the names that it knows them by. OpenCode wants them at start-up, before the sidecar can be asked. */
export const SIDECAR_TOOLS = {
  read_file: {
    description: "Read a text file, with line numbers.",
    parameters: {
      type: "object",
      properties: {
        path: { type: "string", description: "Relative to the workspace" },
        offset: { type: "integer", description: "First line, from 1" },
        limit: { type: "integer", description: "Lines at most" },
      },
      required: ["path"],
    },
  },
  write_file: {
    description: "Create or replace a file.",
    parameters: {
      type: "object",
      properties: { path: { type: "string" }, content: { type: "string" } },
      required: ["path", "content"],
    },
  },
  edit_file: {
    description: "Replace text in a file. Read the file first; old_string must occur exactly once.",
    parameters: {
      type: "object",
      properties: {
        path: { type: "string" },
        old_string: { type: "string" },
        new_string: { type: "string" },
        replace_all: { type: "boolean", description: "Every occurrence" },
      },
      required: ["path", "old_string", "new_string"],
    },
  },
  list_files: {
    description: "List files and folders.",
    parameters: {
      type: "object",
      properties: {
        path: { type: "string", description: "Folder; the workspace by default" },
        pattern: { type: "string", description: "Glob, such as src/**/*.ts" },
      },
      required: [],
    },
  },
  search: {
    description: "Search file contents by regular expression.",
    parameters: {
      type: "object",
      properties: {
        pattern: { type: "string" },
        path: { type: "string", description: "File or folder" },
        glob: { type: "string", description: "Files to look into, such as *.rs" },
      },
      required: ["pattern"],
    },
  },
  execute_bash: {
    description: "Run a shell command in the workspace; tells exit code and output.",
    parameters: {
      type: "object",
      properties: {
        command: { type: "string" },
        workdir: { type: "string", description: "Folder to run in" },
        timeout_ms: { type: "integer", description: "At most 600000" },
      },
      required: ["command"],
    },
  },
} as const satisfies Record<string, Definition>;

/** A tool of the sidecar's. */
export type SidecarTool = keyof typeof SIDECAR_TOOLS;

const NO_ARGUMENTS: Parameters = { type: "object", properties: {}, required: [] };

/** What every agent has where plans may be carried out by workers: short, as each request to the model pays for it. */
export const RUN_TOOLS = {
  rozet_wait: {
    description: "Wait until Rozet's workers are done; returns what they did.",
    parameters: NO_ARGUMENTS,
  },
  rozet_status: { description: "See what Rozet's workers are doing.", parameters: NO_ARGUMENTS },
} as const satisfies Record<string, Definition>;

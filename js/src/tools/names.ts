import { type Definition, SIDECAR_TOOLS, type SidecarTool } from "./definitions.ts";

/** Which agents work with the sidecar's tools. */
export type ToolsMode = "worker" | "replace" | "off";

/** A tool of the sidecar's as OpenCode has it. */
export interface Offered extends Definition {
  /** What the sidecar calls it. */
  tool: SidecarTool;
  /** The sidecar's names of arguments that are called otherwise here. */
  renamed: Record<string, string>;
  /** What OpenCode's person is asked before it works, and for which argument; none where the worker's rules decide. */
  asks?: { permission: string; about: string };
}

/** The tools that only Rozet's worker has, by their names in OpenCode. */
export const WORKER_TOOLS: Readonly<Record<string, Offered>> = {
  rozet_read: offered("read_file"),
  rozet_write: offered("write_file"),
  rozet_edit: offered("edit_file"),
  rozet_list: offered("list_files"),
  rozet_search: offered("search"),
  rozet_shell: offered("execute_bash"),
};

/** The same in place of OpenCode's own, with the arguments that models know from those, and under the same permissions. */
export const REPLACING_TOOLS: Readonly<Record<string, Offered>> = {
  read: offered("read_file", { filePath: "path" }, { permission: "read", about: "path" }),
  write: offered("write_file", { filePath: "path" }, { permission: "edit", about: "path" }),
  edit: offered(
    "edit_file",
    { filePath: "path", oldString: "old_string", newString: "new_string", replaceAll: "replace_all" },
    { permission: "edit", about: "path" },
  ),
  list: offered("list_files", {}, { permission: "list", about: "path" }),
  grep: offered("search", { include: "glob" }, { permission: "grep", about: "pattern" }),
  bash: offered("execute_bash", { timeout: "timeout_ms" }, { permission: "bash", about: "command" }),
};

/** What OpenCode is offered in a mode. */
export function offeredTools(mode: ToolsMode): Readonly<Record<string, Offered>> {
  return mode === "worker" ? WORKER_TOOLS : mode === "replace" ? REPLACING_TOOLS : {};
}

function offered(
  tool: SidecarTool,
  renamed: Record<string, string> = {},
  asks?: { permission: string; about: string },
): Offered {
  const { description, parameters }: Definition = SIDECAR_TOOLS[tool];
  const here = new Map(Object.entries(renamed).map(([here, there]) => [there, here]));
  const name = (there: string) => here.get(there) ?? there;
  // A description may speak of the arguments.
  const words = [...here].reduce((text, [there, here]) => text.replaceAll(there, here), description);
  return {
    tool,
    renamed,
    description: words,
    parameters: {
      type: "object",
      properties: Object.fromEntries(
        Object.entries(parameters.properties).map(([there, schema]) => [name(there), schema]),
      ),
      required: parameters.required.map(name),
    },
    ...(asks && { asks }),
  };
}

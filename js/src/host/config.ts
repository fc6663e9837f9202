import { isRecord } from "./clip.ts";

/** What plans in Rozet's own sessions. A primary agent is not offered to the Task tool, a hidden one not to the person. */
const AGENT = {
  mode: "primary",
  hidden: true,
  description: "Plans for Rozet",
  prompt: "You plan for Rozet. Answer as the instructions that follow say.",
  permission: { "*": "deny" },
};

/** The gate knows the prefix; everything after it is the person's request. */
const COMMAND = {
  description: "Plan this request with Rozet",
  template: "/rozet-plan $ARGUMENTS",
};

/** Adds Rozet's agent and command to OpenCode's configuration; what the person calls by these names stays theirs. */
export function addToConfig(config: unknown): void {
  if (!isRecord(config)) return;
  addTo(config, "agent", "rozet-planner", AGENT);
  addTo(config, "command", "rozet-plan", COMMAND);
}

function addTo(config: Record<string, unknown>, section: string, name: string, entry: object): void {
  const known = config[section] ?? {};
  if (!isRecord(known) || Object.hasOwn(known, name)) return;
  known[name] = structuredClone(entry);
  config[section] = known;
}

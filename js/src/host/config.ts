import { REPLACING_TOOLS, type ToolsMode, WORKER_TOOLS } from "../tools/names.ts";
import { isRecord } from "./clip.ts";

type Rules = Record<string, unknown>;

/** What plans in Rozet's own sessions. A primary agent is not offered to the Task tool, a hidden one not to the person. */
const PLANNER = {
  mode: "primary",
  hidden: true,
  description: "Plans for Rozet",
  prompt: "You plan for Rozet. Answer as the instructions that follow say.",
  permission: { "*": "deny" },
};

/** What does one task of a plan. Nobody is there to be asked: what its rules do not allow, they deny. */
function worker(mode: ToolsMode) {
  return {
    mode: "primary",
    hidden: true,
    description: "Does one task for Rozet",
    prompt: [
      "You do exactly one task of a plan, and nothing else: other workers do the others at the same time.",
      `Use ${mode === "worker" ? "the rozet_* tools" : "your tools"} and keep to the workspace and the task's files. Nobody can answer questions.`,
      "Make the task's checks pass. When it is done, or cannot be done, say in a few lines what you did or why not.",
    ].join("\n"),
    permission: WORKER_RULES[mode],
  };
}

const allowed = (tools: Iterable<string>): Rules =>
  Object.fromEntries([...tools].map((name) => [name, "allow"]));

/** OpenCode's rules: the last one that fits decides, and a tool whose last rule denies everything is not offered. */
const WORKER_RULES: Record<ToolsMode, Rules> = {
  worker: { "*": "deny", ...allowed(Object.keys(WORKER_TOOLS)) },
  // OpenCode asks for writing under the name `edit`.
  replace: { "*": "deny", ...allowed(Object.keys(REPLACING_TOOLS)) },
  off: {
    "*": "allow",
    ...Object.fromEntries(
      [
        "doom_loop",
        "external_directory",
        "question",
        "plan_enter",
        "plan_exit",
        "rozet_status",
        "rozet_task",
        "rozet_wait",
        "task",
        "todowrite",
      ].map((name) => [name, "deny"]),
    ),
  },
};

/** The gate knows the prefixes; everything after them is the person's request. */
const COMMANDS = {
  "rozet-plan": { description: "Plan this request with Rozet", template: "/rozet-plan $ARGUMENTS" },
  "rozet-run": {
    description: "Have Rozet's workers carry out this request, or the plan at hand",
    template: "/rozet-run $ARGUMENTS",
  },
};

/** Adds Rozet's agents and commands to OpenCode's configuration; what the person calls by these names stays theirs. */
export function addToConfig(config: unknown, mode: ToolsMode): void {
  if (!isRecord(config)) return;
  if (mode === "worker") hideFromOthers(config, Object.keys(WORKER_TOOLS));
  addTo(config, "agent", "rozet-planner", PLANNER);
  addTo(config, "agent", "rozet-worker", worker(mode));
  for (const [name, command] of Object.entries(COMMANDS)) addTo(config, "command", name, command);
}

function addTo(config: Rules, section: string, name: string, entry: object): void {
  const known = config[section] ?? {};
  if (!isRecord(known) || Object.hasOwn(known, name)) return;
  known[name] = structuredClone(entry);
  config[section] = known;
}

/** Denies tools to every agent that there is by now: an agent's own rules come after the common ones. */
function hideFromOthers(config: Rules, tools: readonly string[]): void {
  deny(config, tools);
  const agents = isRecord(config.agent) ? Object.values(config.agent) : [];
  for (const agent of agents) if (isRecord(agent) && agent.permission !== undefined) deny(agent, tools);
}

function deny(owner: Rules, tools: readonly string[]): void {
  const given = owner.permission ?? {};
  const rules: unknown = typeof given === "string" ? { "*": given } : given;
  if (!isRecord(rules)) return;
  // The person's own word on a tool stands.
  for (const name of tools) if (!Object.hasOwn(rules, name)) rules[name] = "deny";
  owner.permission = rules;
}

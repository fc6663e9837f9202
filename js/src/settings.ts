import type { Env } from "./folders.ts";
import type { Settings as CoreSettings } from "./generated/types.ts";
import type { ToolsMode } from "./tools/names.ts";

/** What the person set, with defaults filled in. */
export interface Settings {
  /** What the core decides with. */
  core: CoreSettings;
  /** Whether events are recorded at all. */
  observability: boolean;
  /** What the plugin calls itself in its events; undefined leaves its own name. */
  app: string | undefined;
  /** Which agents work with the sidecar's tools. */
  tools: ToolsMode;
  /** What was set wrongly, one sentence each; the default stands in its place. */
  problems: string[];
}

const MAX_PLAN_WAIT_MS = 10_000;

const TRUE = new Set(["1", "true", "yes", "on"]);
const FALSE = new Set(["0", "false", "no", "off"]);

interface Rule<T> {
  option: string;
  variable: string;
  fallback: T;
  expected: string;
  /** The value meant, or undefined when it is not of the right kind. */
  read: (value: unknown) => T | undefined;
}

function readBoolean(value: unknown): boolean | undefined {
  if (typeof value === "boolean") return value;
  const word = typeof value === "string" ? value.trim().toLowerCase() : undefined;
  if (word === undefined) return undefined;
  return TRUE.has(word) ? true : FALSE.has(word) ? false : undefined;
}

function readMilliseconds(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\s*\d+\s*$/.test(value) ? Number(value) : value;
  return Number.isInteger(number) && (number as number) >= 0 && (number as number) <= MAX_PLAN_WAIT_MS
    ? (number as number)
    : undefined;
}

const BOOLEAN = "true or false";

const OBSERVABILITY: Rule<boolean> = {
  option: "observability",
  variable: "ROZET_OBSERVABILITY_ENABLED",
  fallback: true,
  expected: BOOLEAN,
  read: readBoolean,
};
/** The sidecar takes no longer name. */
const MAX_APP_BYTES = 256;
const APP: Rule<string | undefined> = {
  option: "app",
  variable: "ROZET_OBSERVABILITY_APP",
  fallback: undefined,
  expected: `a name of at most ${MAX_APP_BYTES} bytes`,
  read: (value) =>
    typeof value === "string" && value !== "" && Buffer.byteLength(value) <= MAX_APP_BYTES
      ? value
      : undefined,
};
const THINKING: Rule<CoreSettings["thinking"]> = {
  option: "thinking",
  variable: "ROZET_THINKING",
  fallback: "hide",
  expected: '"hide", "remove" or "show"',
  read: (value) => (value === "hide" || value === "remove" || value === "show" ? value : undefined),
};
const KEEP_THINKING: Rule<boolean> = {
  option: "keepThinking",
  variable: "ROZET_KEEP_THINKING",
  fallback: false,
  expected: BOOLEAN,
  read: readBoolean,
};
const PLAN: Rule<boolean> = {
  option: "plan",
  variable: "ROZET_PLAN",
  fallback: true,
  expected: BOOLEAN,
  read: readBoolean,
};
const PLAN_WAIT: Rule<number> = {
  option: "planWaitMs",
  variable: "ROZET_PLAN_WAIT_MS",
  fallback: 1_500,
  expected: `whole milliseconds from 0 to ${MAX_PLAN_WAIT_MS}`,
  read: readMilliseconds,
};
/** Unset, the sidecar's own setting decides. */
const EXECUTE: Rule<boolean | undefined> = {
  option: "auto_execute",
  variable: "ROZET_AUTO_EXECUTE",
  fallback: undefined,
  expected: BOOLEAN,
  read: readBoolean,
};
const TOOLS: Rule<ToolsMode> = {
  option: "tools",
  variable: "ROZET_TOOLS",
  fallback: "worker",
  expected: '"worker", "replace" or "off"',
  read: (value) => (value === "worker" || value === "replace" || value === "off" ? value : undefined),
};
const OPTIONS = new Set(
  [OBSERVABILITY, APP, THINKING, KEEP_THINKING, PLAN, PLAN_WAIT, EXECUTE, TOOLS].map((rule) => rule.option),
);

function quoted(value: unknown): string {
  try {
    return (JSON.stringify(value) ?? typeof value).slice(0, 60);
  } catch {
    return typeof value;
  }
}

/** Reads the settings: environment over the plugin's options over defaults. Never throws. */
export function readSettings(options: unknown, env: Env): Settings {
  const problems: string[] = [];
  let given: Record<string, unknown> = {};
  if (typeof options === "object" && options !== null && !Array.isArray(options)) {
    given = options as Record<string, unknown>;
  } else if (options !== undefined && options !== null) {
    problems.push(`The plugin's options are ${quoted(options)}; expected an object.`);
  }
  for (const name of Object.keys(given)) {
    if (!OPTIONS.has(name)) problems.push(`Unknown option "${name}"; known are ${[...OPTIONS].join(", ")}.`);
  }

  const pick = <T>(rule: Rule<T>): T => {
    const candidates: Array<[string, unknown]> = [
      [rule.variable, env[rule.variable] || undefined],
      [`Option "${rule.option}"`, given[rule.option]],
    ];
    for (const [name, value] of candidates) {
      if (value === undefined) continue;
      const read = rule.read(value);
      if (read !== undefined) return read;
      problems.push(`${name} is ${quoted(value)}; expected ${rule.expected}.`);
    }
    return rule.fallback;
  };

  const execute = pick(EXECUTE);
  return {
    observability: pick(OBSERVABILITY),
    app: pick(APP),
    tools: pick(TOOLS),
    core: {
      thinking: pick(THINKING),
      keep_thinking: pick(KEEP_THINKING),
      plan: pick(PLAN),
      plan_wait_ms: pick(PLAN_WAIT),
      ...(execute !== undefined && { execute }),
    },
    problems,
  };
}

import { expect, test } from "bun:test";
import { addToConfig } from "../src/host/config.ts";

const ADDED = {
  agent: {
    "rozet-planner": { mode: "primary", hidden: true, permission: { "*": "deny" } },
    "rozet-worker": { mode: "primary", hidden: true },
  },
  command: {
    "rozet-plan": { template: "/rozet-plan $ARGUMENTS" },
    "rozet-run": { template: "/rozet-run $ARGUMENTS" },
  },
};

test.each([
  ["nothing", {}],
  [
    "other things",
    { model: "a/b", agent: { build: { model: "a/c" } }, command: { test: { template: "t" } } },
  ],
  ["null", { agent: null, command: undefined }],
])("agents and commands are added to %s", (_name, config) => {
  const before = structuredClone(config) as Record<string, object | null | undefined>;
  addToConfig(config, "worker");
  expect(config).toMatchObject(ADDED);
  for (const [section, entries] of Object.entries(before)) {
    if (typeof entries === "object" && entries !== null) expect(config).toMatchObject({ [section]: entries });
  }
});

test("neither names a model or a temperature: those are the person's", () => {
  const config: { agent?: Record<string, object>; command?: Record<string, object> } = {};
  addToConfig(config, "worker");
  for (const agent of Object.values(config.agent ?? {})) {
    expect(Object.keys(agent).toSorted()).toEqual(["description", "hidden", "mode", "permission", "prompt"]);
  }
  for (const command of Object.values(config.command ?? {})) {
    expect(Object.keys(command).toSorted()).toEqual(["description", "template"]);
  }
});

test("what the person calls by these names stays theirs", () => {
  const config = {
    agent: { "rozet-planner": { disable: true }, "rozet-worker": { model: "a/b" } },
    command: { "rozet-plan": null, "rozet-run": { template: "t" } },
  };
  const theirs = structuredClone(config);
  addToConfig(config, "off");
  expect(config).toEqual(theirs);
});

test("one configuration's entries are not another's", () => {
  const [one, other] = [{}, {}] as Array<{ agent?: Record<string, { permission: object }> }>;
  addToConfig(one, "worker");
  addToConfig(other, "worker");
  expect(one?.agent?.["rozet-planner"]?.permission).not.toBe(other?.agent?.["rozet-planner"]?.permission);
});

test.each([[undefined], [null], [7], ["text"], [[]]])("%p is no configuration", (config) => {
  expect(() => addToConfig(config, "worker")).not.toThrow();
});

test("sections of another kind are left alone", () => {
  const config = { agent: ["x"], command: "y" };
  addToConfig(config, "worker");
  expect(config).toMatchObject({ agent: ["x"], command: "y" });
});

type Rules = Record<string, unknown>;
type Config = { permission?: unknown; agent?: Record<string, { permission?: unknown }> };
const SIX = ["rozet_read", "rozet_write", "rozet_edit", "rozet_list", "rozet_search", "rozet_shell"];
const denied = (rules: unknown) => SIX.filter((tool) => (rules as Rules | undefined)?.[tool] === "deny");

test.each([
  ["no rules", {}],
  ["rules", { permission: { bash: "ask" } }],
  ["one word for all", { permission: "allow" }],
])("the worker's tools are kept from everybody else, with %s", (_name, given) => {
  const config: Config = {
    ...structuredClone(given),
    agent: { free: { permission: { "*": "allow" } }, word: { permission: "allow" }, plain: {} },
  };
  addToConfig(config, "worker");
  expect(denied(config.permission)).toEqual(SIX);
  expect(denied(config.agent?.free?.permission)).toEqual(SIX);
  expect(config.agent?.word?.permission).toMatchObject({ "*": "allow", rozet_shell: "deny" });
  // The last rule that fits decides.
  expect(Object.keys(config.agent?.free?.permission as Rules)[0]).toBe("*");
  expect(config.agent?.plain).toEqual({});
  expect(config.agent?.["rozet-worker"]?.permission).toEqual({
    "*": "deny",
    ...Object.fromEntries(SIX.map((tool) => [tool, "allow"])),
  });
});

test("the person's own word on a tool stands", () => {
  const config: Config = {
    permission: { rozet_read: "allow" },
    agent: { mine: { permission: { rozet_edit: "ask" } } },
  };
  addToConfig(config, "worker");
  expect(config.permission).toMatchObject({ rozet_read: "allow", rozet_edit: "deny" });
  expect(config.agent?.mine?.permission).toMatchObject({ rozet_edit: "ask", rozet_read: "deny" });
});

test.each([
  ["replace", { "*": "deny", read: "allow", write: "allow", edit: "allow", bash: "allow" }],
  ["off", { "*": "allow", question: "deny", external_directory: "deny", task: "deny", rozet_wait: "deny" }],
] as const)("in mode %s nobody's rules change, and the worker is never asked", (mode, rules) => {
  const config: Config = { permission: { bash: "ask" } };
  addToConfig(config, mode);
  expect(config.permission).toEqual({ bash: "ask" });
  const worker = config.agent?.["rozet-worker"]?.permission as Rules;
  expect(worker).toMatchObject(rules);
  expect(Object.values(worker)).not.toContain("ask");
});

import { expect, test } from "bun:test";
import { addToConfig } from "../src/host/config.ts";

const ADDED = {
  agent: {
    "rozet-planner": { mode: "primary", hidden: true, permission: { "*": "deny" } },
  },
  command: { "rozet-plan": { template: "/rozet-plan $ARGUMENTS" } },
};

test.each([
  ["nothing", {}],
  [
    "other things",
    { model: "a/b", agent: { build: { model: "a/c" } }, command: { test: { template: "t" } } },
  ],
  ["null", { agent: null, command: undefined }],
])("the agent and the command are added to %s", (_name, config) => {
  const before = structuredClone(config) as Record<string, object | null | undefined>;
  addToConfig(config);
  expect(config).toMatchObject(ADDED);
  for (const [section, entries] of Object.entries(before)) {
    if (typeof entries === "object" && entries !== null) expect(config).toMatchObject({ [section]: entries });
  }
});

test("neither names a model or a temperature: those are the person's", () => {
  const config: { agent?: Record<string, object>; command?: Record<string, object> } = {};
  addToConfig(config);
  expect(Object.keys(config.agent?.["rozet-planner"] ?? {}).toSorted()).toEqual([
    "description",
    "hidden",
    "mode",
    "permission",
    "prompt",
  ]);
  expect(Object.keys(config.command?.["rozet-plan"] ?? {}).toSorted()).toEqual(["description", "template"]);
});

test("what the person calls by these names stays theirs", () => {
  const config = { agent: { "rozet-planner": { disable: true } }, command: { "rozet-plan": null } };
  addToConfig(config);
  expect(config).toEqual({ agent: { "rozet-planner": { disable: true } }, command: { "rozet-plan": null } });
});

test("one configuration's entries are not another's", () => {
  const [one, other] = [{}, {}] as Array<{ agent?: Record<string, { permission: object }> }>;
  addToConfig(one);
  addToConfig(other);
  expect(one?.agent?.["rozet-planner"]?.permission).not.toBe(other?.agent?.["rozet-planner"]?.permission);
});

test.each([[undefined], [null], [7], ["text"], [[]]])("%p is no configuration", (config) => {
  expect(() => addToConfig(config)).not.toThrow();
});

test("sections of another kind are left alone", () => {
  const config = { agent: ["x"], command: "y" };
  addToConfig(config);
  expect(config).toEqual({ agent: ["x"], command: "y" });
});

import { expect, test } from "bun:test";
import { stateFolder } from "../src/folders.ts";
import { readSettings } from "../src/settings.ts";

test("defaults", () => {
  expect(readSettings(undefined, {})).toEqual({
    observability: true,
    app: undefined,
    tools: "worker",
    core: { thinking: "hide", keep_thinking: false, plan: true, plan_wait_ms: 1_500 },
    problems: [],
  });
});

test("environment over options", () => {
  const options = { thinking: "show", plan: false, planWaitMs: 10, observability: false };
  const env = {
    ROZET_THINKING: "hide",
    ROZET_PLAN: "1",
    ROZET_PLAN_WAIT_MS: "0",
    ROZET_OBSERVABILITY_ENABLED: "on",
  };
  expect(readSettings(options, {}).core).toEqual({
    thinking: "show",
    keep_thinking: false,
    plan: false,
    plan_wait_ms: 10,
  });
  expect(readSettings(options, env)).toEqual({
    observability: true,
    app: undefined,
    tools: "worker",
    core: { thinking: "hide", keep_thinking: false, plan: true, plan_wait_ms: 0 },
    problems: [],
  });
});

test("what is wrong is named, and the next best value stands", () => {
  const { core, observability, problems } = readSettings(
    { thinking: 3, planWaitMs: 99_999, colour: "red" },
    { ROZET_PLAN: "perhaps", ROZET_PLAN_WAIT_MS: "-1", ROZET_OBSERVABILITY_ENABLED: "" },
  );
  expect(core).toEqual({ thinking: "hide", keep_thinking: false, plan: true, plan_wait_ms: 1_500 });
  expect(observability).toBe(true);
  expect(problems.join("\n")).toContain('Unknown option "colour"');
  for (const part of [
    'ROZET_PLAN is "perhaps"; expected true or false',
    'ROZET_PLAN_WAIT_MS is "-1"; expected whole milliseconds from 0 to 10000',
    'Option "planWaitMs" is 99999',
    'Option "thinking" is 3; expected "hide", "remove" or "show"',
  ]) {
    expect(problems.join("\n")).toContain(part);
  }
});

test.each([
  [{}, {}, undefined],
  [{ auto_execute: true }, {}, true],
  [{ auto_execute: true }, { ROZET_AUTO_EXECUTE: "0" }, false],
  [{}, { ROZET_AUTO_EXECUTE: "1" }, true],
  [{}, { ROZET_AUTO_EXECUTE: "" }, undefined],
  [{}, { ROZET_AUTO_EXECUTE: "perhaps" }, undefined],
])("options %j with %j: workers %p", (options, env, execute) => {
  const { core } = readSettings(options, env);
  expect(core.execute).toBe(execute as never);
  // Where nothing is set, nothing is said: the sidecar decides.
  expect(Object.hasOwn(core, "execute")).toBe(execute !== undefined);
});

test("what the plugin calls itself", () => {
  expect(readSettings({ app: "one" }, { ROZET_OBSERVABILITY_APP: "other" }).app).toBe("other");
  expect(readSettings({ app: "one" }, { ROZET_OBSERVABILITY_APP: "" }).app).toBe("one");
  const wrong = readSettings({ app: "x".repeat(300) }, {});
  expect(wrong.app).toBeUndefined();
  expect(wrong.problems.join()).toContain("expected a name of at most 256 bytes");
});

test("who has the sidecar's tools", () => {
  expect(readSettings({ tools: "replace" }, {}).tools).toBe("replace");
  expect(readSettings({ tools: "replace" }, { ROZET_TOOLS: "off" }).tools).toBe("off");
  const wrong = readSettings({ tools: "all" }, {});
  expect(wrong.tools).toBe("worker");
  expect(wrong.problems).toEqual(['Option "tools" is "all"; expected "worker", "replace" or "off".']);
});

test.each([["x"], [[1]], [5]])("options that are %p are named", (options) => {
  expect(readSettings(options, {}).problems).toHaveLength(1);
});

test("the state folder", () => {
  expect(stateFolder({ ROZET_HOME: "/r" })).toBe("/r/state");
  expect(stateFolder({ XDG_STATE_HOME: "/s", HOME: "/h" })).toBe("/s/rozet");
  expect(stateFolder({ XDG_STATE_HOME: "relative", HOME: "/h" })).toBe("/h/.local/state/rozet");
  expect(stateFolder({ ROZET_HOME: "", HOME: "/h" })).toBe("/h/.local/state/rozet");
});

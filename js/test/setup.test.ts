import { expect, test } from "bun:test";
import type { Plugin } from "@opencode-ai/plugin";
import plugin from "../src/server.ts";
import { setupOf } from "../src/setup.ts";
import { context } from "./support/opencode.ts";

const server: Plugin = async (input, options) => ({
  config: async () => void [input, options],
});

test("a host that gives what OpenCode 1 gives gets the same hooks", async () => {
  const given: unknown[] = [];
  const setup = setupOf(async (...args) => {
    given.push(...args);
    return await server(...args);
  });
  const host = context("/w");
  expect(Object.keys((await setup(host, { plan: false })) ?? {})).toEqual(["config"]);
  expect(given).toEqual([host, { plan: false }]);
});

test.each([
  ["nothing", undefined],
  ["a location and hooks of its own", { location: { directory: "/w" }, session: { hook: () => {} } }],
  ["a client that is another", { directory: "/w", client: { session: {} } }],
  ["a directory that is none", { directory: 7, client: { app: {}, tui: {} } }],
])("a host that gives %s gets nothing", async (_name, host) => {
  let called = false;
  const setup = setupOf(async (input) => {
    called = true;
    return await server(input);
  });
  expect(await setup(host)).toBeUndefined();
  expect(called).toBe(false);
});

test("the package carries both shapes", () => {
  expect(Object.keys(plugin).toSorted()).toEqual(["id", "server", "setup"]);
});

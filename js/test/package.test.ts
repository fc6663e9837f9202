import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import type { Plugin } from "@opencode-ai/plugin";
import manifest from "../package.json";
import { context, message, type Said } from "./support/opencode.ts";
import { Place, until } from "./support/place.ts";

const PACKAGE = `${import.meta.dir}/..`;

async function build(place: Place, entry: string): Promise<Record<string, unknown>> {
  const options = { target: "node", packages: "external", outdir: place.at("dist") } as const;
  const built = await Bun.build({ entrypoints: [`${PACKAGE}/src/${entry}.ts`], ...options });
  expect(built.success).toBe(true);
  return await import(place.at("dist", `${entry}.js`));
}

test("the server entry exports its plugin and nothing else, and does no harm without the core", async () => {
  using place = new Place();
  const module = await build(place, "server");
  expect(Object.keys(module)).toEqual(["default"]);
  const { id, server, setup, ...rest } = module.default as { id: string; server: Plugin; setup: unknown };
  expect([id, rest]).toEqual(["rozet", {}]);
  expect(setup).toBeFunction();

  const said: Said = { toasts: [], logs: [] };
  const hooks = await server(context(place.path, said));
  await hooks["chat.message"]?.({ sessionID: "s" }, message("s", "hello"));
  await hooks["chat.message"]?.({ sessionID: "s" }, message("s", "again"));
  await until(() => said.toasts.length > 0);
  expect(said.toasts).toHaveLength(1);
  expect(said.toasts[0]).toStartWith("Rozet is off:");
});

test("the TUI entry exports its plugin and nothing else", () => {
  const built = Bun.build({
    entrypoints: [`${PACKAGE}/src/tui.ts`],
    target: "node",
    packages: "external",
  });
  return built.then(async ({ outputs }) => {
    const code = (await outputs[0]?.text()) ?? "";
    expect(code.match(/^export \{[^}]*\}/gm)?.map((line) => line.replace(/\s+/g, " "))).toEqual([
      "export { tui_default as default }",
    ]);
    // The host resolves these, and no others.
    const imports = [...code.matchAll(/from "([^"]+)"/g)]
      .map((match) => match[1])
      .filter((name) => !name?.startsWith("node:"));
    expect(new Set(imports)).toEqual(new Set(["@opentui/solid", "solid-js"]));
  });
});

test("the manifest is what OpenCode and npm need", () => {
  expect(manifest.exports).toEqual({ "./server": "./dist/server.js", "./tui": "./dist/tui.js" });
  expect(manifest.bin).toEqual({ "rozet-sidecar": "dist/launcher.js" });
  expect(manifest.files).toContain("wasm");
  const scripts = Object.keys(manifest.scripts);
  expect(scripts.filter((name) => /^(pre|post)|install|prepare/.test(name))).toEqual([]);
  expect(readFileSync(`${PACKAGE}/src/launcher.ts`, "utf8")).toStartWith("#!/usr/bin/env node\n");
  expect(existsSync(`${PACKAGE}/README.md`)).toBe(true);
});

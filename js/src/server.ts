import type { Plugin, PluginModule } from "@opencode-ai/plugin";
import { wasmLoader } from "./core/load.ts";
import { createHooks } from "./host/hooks.ts";
import { Host } from "./host/host.ts";
import { Notices } from "./notice.ts";
import { readSettings } from "./settings.ts";

/** Sources and build both lie one folder below the package. */
const WASM_FOLDER = new URL("../wasm/", import.meta.url);

const server: Plugin = async (context, options) => {
  const started = performance.now();
  try {
    const settings = readSettings(options, process.env);
    const host = new Host(context, settings, process.env, await wasmLoader(WASM_FOLDER));
    const hooks = createHooks(host, context.directory, settings);
    host.factoryMs = performance.now() - started;
    return hooks;
  } catch (error) {
    // Without the core there is nothing to do but say so, where the person will see it.
    const message = `Rozet is off: ${error instanceof Error ? error.message : String(error)}`;
    const notices = new Notices(context.client);
    return { "chat.message": async () => notices.show("warning", message) };
  }
};

const plugin: PluginModule & { id: string } = { id: "rozet", server };
export default plugin;

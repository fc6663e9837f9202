import type { Hooks, Plugin, PluginModule } from "@opencode-ai/plugin";
import { wasmLoader } from "./core/load.ts";
import { createHooks } from "./host/hooks.ts";
import { Host } from "./host/host.ts";
import { givePlace, takePlace } from "./host/single.ts";
import { Notices } from "./notice.ts";
import { readSettings } from "./settings.ts";
import { setupOf } from "./setup.ts";
import { VERSION } from "./version.ts";

/** Sources and build both lie one folder below the package. */
const WASM_FOLDER = new URL("../wasm/", import.meta.url);

const server: Plugin = async (context, options) => {
  const started = performance.now();
  const { client } = context;
  try {
    const other = takePlace(client, VERSION);
    if (other !== undefined) return yielding(client, other);
    const settings = readSettings(options, process.env);
    const host = new Host(context, settings, process.env, await wasmLoader(WASM_FOLDER));
    const hooks = createHooks(host, context.directory, settings);
    host.factoryMs = performance.now() - started;
    const { dispose } = hooks;
    return {
      ...hooks,
      dispose: async () => {
        givePlace(client);
        await dispose?.();
      },
    };
  } catch (error) {
    givePlace(client);
    // Without the core there is nothing to do but say so, where the person will see it.
    const reason = error instanceof Error ? error.message : String(error);
    return saying(
      client,
      `Rozet is off: ${reason}. Install rozet-opencode anew; OpenCode itself works as always.`,
    );
  }
};

/** Two copies would plan, track and record everything twice. */
function yielding(client: Notified, other: string): Hooks {
  return saying(
    client,
    `Rozet is loaded twice: ${other} is at work, this copy (${VERSION}) does nothing. Name rozet-opencode once in \`plugin\`.`,
  );
}

type Notified = ConstructorParameters<typeof Notices>[0];

/** Does nothing but say something, once, with the first prompt. */
function saying(client: Notified, message: string): Hooks {
  const notices = new Notices(client);
  return { "chat.message": async () => notices.show("warning", message) };
}

const plugin: PluginModule & { id: string; setup: ReturnType<typeof setupOf> } = {
  id: "rozet",
  server,
  setup: setupOf(server),
};
export default plugin;

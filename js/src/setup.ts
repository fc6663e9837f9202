import type { Hooks, Plugin, PluginInput, PluginOptions } from "@opencode-ai/plugin";
import { isRecord } from "./host/clip.ts";

/**
 * Makes the entry that OpenCode 2 calls. A host that hands over what OpenCode 1 does, its client and a directory, and takes
 * hooks back, gets the same. One that only has registrations of its own gets nothing: what they are is not known here, and
 * half of Rozet would be worse than none.
 */
export function setupOf(server: Plugin): (context: unknown, options?: unknown) => Promise<Hooks | undefined> {
  return async (context, options) =>
    givesHooks(context) ? await server(context, isRecord(options) ? options : undefined) : undefined;
}

function givesHooks(context: unknown): context is PluginInput & { options?: PluginOptions } {
  if (!isRecord(context) || typeof context.directory !== "string") return false;
  const { client } = context;
  // What hooks hear over events, and what notices are shown with.
  return isRecord(client) && isRecord(client.app) && isRecord(client.tui);
}

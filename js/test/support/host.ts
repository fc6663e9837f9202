import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { Hooks } from "@opencode-ai/plugin";
import type { Env } from "../../src/folders.ts";
import type { Effect, Event, Input } from "../../src/generated/types.ts";
import { createHooks } from "../../src/host/hooks.ts";
import { Host } from "../../src/host/host.ts";
import { readSettings } from "../../src/settings.ts";
import { ScriptedCore } from "./core.ts";
import { context, MODEL, message, type Said } from "./opencode.ts";
import type { Place } from "./place.ts";

const open: Hooks[] = [];
/** Ends every host of a test. */
export async function closeHosts(): Promise<void> {
  for (const hooks of open.splice(0)) await hooks.dispose?.();
}

/** A host with its hooks over a scripted core, ended after the test. */
export function build(
  place: Place,
  script: (input: Input, core: ScriptedCore) => Effect[],
  options: object = {},
  opencode?: (request: Request) => Promise<Response>,
  env: Env = {},
) {
  const core = new ScriptedCore(script);
  const said: Said = { toasts: [], logs: [] };
  const settings = readSettings(options, {});
  const environment = { ROZET_HOME: place.path, ...env };
  const host = new Host(context(place.path, said, opencode), settings, environment, core.load);
  const hooks = createHooks(host, place.path, settings) as Required<Hooks>;
  open.push(hooks);
  const prompt = (session = "s1", text = "make it") =>
    hooks["chat.message"]({ sessionID: session }, message(session, text));
  const system = async (session = "s1", texts = ["You are opencode"]) => {
    await hooks["experimental.chat.system.transform"](
      { sessionID: session, model: MODEL },
      { system: texts },
    );
    return texts;
  };
  const event = (type: string, properties: object) => hooks.event({ event: { type, properties } as never });
  return { core, said, host, hooks, prompt, system, event };
}

/** The events in the spool. */
export function spooled(place: Place): Event[] {
  const folder = place.at("state", "spool");
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((file) =>
    readFileSync(`${folder}/${file}`, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Event),
  );
}

/** Asks for a plan at the prompt, and wants it waited for unless it is known not to come. */
export const planning = (input: Input, self: ScriptedCore): Effect[] => {
  if (input.type === "prompt") {
    const { session_id, text } = input;
    const request = { plan_id: "p1", session_id, directory: "/w", text, gate_reason: "work" };
    return [{ type: "request_plan", request }];
  }
  if (input.type === "system") {
    return input.may_wait && self.got("plan_unavailable").length === 0
      ? [{ type: "await_plan", plan_id: "p1", wait_ms: 2_000 }]
      : [{ type: "append_system", text: "PLAN" }];
  }
  return [];
};

/** What OpenCode says of a turn that the person ended. */
export const ABORTED = {
  sessionID: "s1",
  error: { name: "MessageAbortedError", data: { message: "Aborted" } },
};

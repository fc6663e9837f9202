import type { Hooks } from "@opencode-ai/plugin";
import { type GuardContext, guard } from "../guard.ts";
import type { Settings } from "../settings.ts";
import { register } from "../tools/register.ts";
import type { Tasks } from "../tools/task.ts";
import type { Waiting } from "../tools/waiting.ts";
import { addToConfig } from "./config.ts";
import { eventInput } from "./events.ts";
import type { Host } from "./host.ts";
import {
  type HookArgs,
  isHousekeeping,
  paramsInput,
  promptInput,
  toolAfterInput,
  toolBeforeInput,
} from "./inputs.ts";
import { withoutReasoning } from "./messages.ts";
import { keepPlannerPrompt } from "./own.ts";

/** Nothing in these hooks waits; this only bounds what a future one might. */
const DEADLINE_MS = 1_000;
const DISPOSE_DEADLINE_MS = 280;

/** Directories whose instance is closing: `opencode run` may start a second instance then, which must stay silent. */
const closing = new Set<string>();

/** OpenCode's hooks, each guarded, over one host. */
export function createHooks(host: Host, directory: string, settings: Settings): Hooks {
  const planWaitMs = settings.core.plan_wait_ms;
  let mode = settings.tools;
  if (mode === "replace" && host.discovery.find() === undefined) {
    // Without the sidecar they would leave OpenCode without tools.
    mode = "off";
    settings.problems.push(
      "The sidecar is not running: OpenCode keeps its own tools until it is started anew.",
    );
  }
  const runs = settings.core.execute !== false;
  const tasks = settings.core.plan ? tasksOf(host) : undefined;
  const { tools, schemaOf } = register({ mode, runs, tasks }, waitingOf(host), directory);
  let disposed = false;
  const context: GuardContext = {
    meter: host.meter,
    onFault: (message) => host.broke(message),
    active: () => !disposed && !closing.has(directory),
    onCall: (hook) => host.contract.called(hook),
  };
  const hook = <Name extends keyof Hooks>(
    name: Name,
    body: (...args: HookArgs<Name>) => undefined | Promise<void>,
    deadlineMs = DEADLINE_MS,
  ) => guard(context, name, deadlineMs, body);

  return {
    tool: tools,
    "tool.definition": hook("tool.definition", ({ toolID }, output) => {
      const schema = schemaOf(toolID);
      // OpenCode 1.18.33 takes plain properties for required ones, and this for the whole.
      if (schema !== undefined) (output as { jsonSchema?: unknown }).jsonSchema = schema;
    }),
    config: hook("config", (config) => {
      addToConfig(config, mode);
    }),
    event: hook("event", ({ event }) => {
      if (host.own.concerns(event)) return;
      host.contract.witness(event);
      const input = eventInput(event);
      if (input === undefined) {
        host.pass(event.type);
        return;
      }
      if (input.type === "session_created") {
        host.sessions.note(input.session_id, input.parent_id);
        host.noteVersion(event.type === "session.created" && event.properties.info?.version);
      }
      if (
        input.type === "reverted" &&
        !host.sessions.noteRevert(input.session_id, input.message_id ?? undefined)
      ) {
        return;
      }
      if (input.type === "reasoning_ended" && !settings.core.keep_thinking) input.text = null;
      if (input.type === "asked" && host.own.isWorker(input.session_id) && !host.asksAreHeard) {
        host.refuse(String(input.details.ask_id));
      }
      host.begin();
      host.feed(input);
      if (input.type === "session_deleted") host.sessions.forget(input.session_id);
    }),
    "chat.message": hook("chat.message", (input, output) => {
      if (host.own.has(input.sessionID)) return;
      if (!host.sessions.has(input.sessionID)) host.resume(input.sessionID);
      host.sessions.note(input.sessionID);
      host.begin();
      host.feed(promptInput(input, output, host.sessions.parentOf(input.sessionID)));
    }),
    "experimental.chat.system.transform": hook(
      "experimental.chat.system.transform",
      ({ sessionID }, { system }) => {
        if (host.own.has(sessionID)) {
          keepPlannerPrompt(system);
          return;
        }
        if (isHousekeeping(system)) return;
        const session_id = sessionID ?? null;
        const wish = host.feed({ type: "system", session_id, may_wait: true }, { system });
        if (wish === undefined) return;
        return host.waitForPlan(wish).then(() => {
          host.feed({ type: "system", session_id, may_wait: false }, { system });
        });
      },
      planWaitMs + DEADLINE_MS,
    ),
    // In Rozet's own sessions too: the core says only how to keep the thinking out of the answer.
    "chat.params": hook("chat.params", (input, output) => {
      host.contract.saw("asked", input.sessionID);
      host.feed(paramsInput(input, output), { options: output.options });
    }),
    "experimental.text.complete": hook("experimental.text.complete", (input, output) => {
      if (host.own.has(input.sessionID)) return;
      host.feed(
        { type: "text_complete", session_id: input.sessionID, part_id: input.partID, text: output.text },
        { output },
      );
    }),
    ...(settings.core.thinking === "remove" && {
      "experimental.chat.messages.transform": hook(
        "experimental.chat.messages.transform",
        (_input, { messages }) => {
          withoutReasoning(messages);
        },
      ),
    }),
    "tool.execute.before": hook("tool.execute.before", (input, output) => {
      if (host.own.has(input.sessionID)) return;
      host.feed(toolBeforeInput(input, output));
    }),
    "tool.execute.after": hook("tool.execute.after", (input, output) => {
      if (host.own.has(input.sessionID)) return;
      host.feed(toolAfterInput(input, output));
    }),
    "experimental.session.compacting": hook("experimental.session.compacting", (input, output) => {
      if (host.own.has(input.sessionID)) return;
      host.feed({ type: "compacting", session_id: input.sessionID }, { system: output.context });
    }),
    dispose: guard(context, "dispose", DISPOSE_DEADLINE_MS, () => {
      closing.add(directory);
      const closed = host.close().finally(() => closing.delete(directory));
      disposed = true;
      return closed;
    }),
  };
}

function tasksOf(host: Host): Tasks {
  return {
    call: (sessionId, args) => host.taskCall(sessionId, args),
    verdict: (sessionId, taskId, signal) => host.taskVerdict(sessionId, taskId, signal),
  };
}

function waitingOf(host: Host): Waiting {
  return {
    discovery: host.discovery,
    api: host.api,
    answered: (sessionId) => host.answered(sessionId),
    closing: host.closing,
  };
}

import type { TuiPlugin, TuiPluginApi, TuiPluginModule } from "@opencode-ai/plugin/tui";
import { createEffect, createMemo, createRoot, createSignal, onCleanup, untrack } from "solid-js";
import { stateFolder } from "./folders.ts";
import { producerName } from "./producer.ts";
import { readSettings } from "./settings.ts";
import { Discovery } from "./sidecar/discovery.ts";
import { type Lookup, rootOf } from "./tui/asks.ts";
import { isUnderWay } from "./tui/board.ts";
import { Clock } from "./tui/clock.ts";
import { offerCommands } from "./tui/commands.ts";
import { asksDialog } from "./tui/dialogs/asks.ts";
import { tasksDialog } from "./tui/dialogs/tasks.ts";
import { Journal } from "./tui/journal.ts";
import { Live } from "./tui/live.ts";
import { optionsOf } from "./tui/options.ts";
import { panel } from "./tui/panel.ts";
import type { Terminal } from "./tui/terminal.ts";
import { applyThinking } from "./tui/thinking.ts";
import { Told } from "./tui/told.ts";
import { hiddenLine, planningLine, usageLine } from "./tui/usage.ts";
import { askLine, brand, promptLine, type ViewModel } from "./tui/views.ts";
import { watchAsks } from "./tui/watch.ts";
import { VERSION } from "./version.ts";

const tui: TuiPlugin = async (api, options, meta) => {
  // All effects have one owner, which ends with the plugin.
  createRoot((dispose) => {
    api.lifecycle.onDispose(dispose);
    begin(api, optionsOf(options, api.state.config?.plugin, meta?.spec));
  });
};

function begin(api: TuiPluginApi, options: unknown): void {
  const settings = readSettings(options, process.env);
  const state = stateFolder(process.env);
  const producer = producerName("rozet-tui");
  const discovery = new Discovery(state);
  const live = new Live(producer, discovery);
  const clock = new Clock(() => live.refresh(false));
  const told = new Told((toast) => api.ui.toast(toast));
  const journal = new Journal(
    producer,
    state,
    discovery,
    (message) => told.once(message, "warning", message),
    settings.observability,
  );
  const lookup: Lookup = (sessionId) => api.state.session.get(sessionId);
  const asks = watchAsks(api, lookup, {
    asked: () => live.refresh(false),
    idle: (sessionId) => {
      if (rootOf(sessionId, lookup) === terminal.sessionId()) live.refresh(true);
    },
  });

  /** The session whose screen it is. */
  const screen = createMemo(() => screenOf(api));
  const unseen = createMemo(() => asks.unseen(screen(), live.asks()));
  const terminal: Terminal = {
    api,
    discovery,
    live,
    journal,
    told,
    settings,
    sessionId: createMemo(() => {
      const session = screen();
      return session === undefined ? undefined : rootOf(session, lookup);
    }),
    unseen,
    plan: live.plan,
    now: clock.now,
  };

  let opened = false;
  createEffect(() => {
    const sessionId = terminal.sessionId();
    live.follow(sessionId);
    if (opened || sessionId === undefined) return;
    opened = true;
    journal.note(sessionId, "opened", { version: VERSION, opencode: api.app.version });
  });
  createEffect(() => live.connected() && journal.wake());
  createEffect(() => {
    const waits = live.plan()?.tasks.some((task) => task.status === "blocked" || isUnderWay(task));
    clock.run(waits === true || unseen().length > 0);
  });
  createEffect(() => told.tasks(live.plan(), live.run()));
  createEffect(() => unseen().length > 0 && told.asks(unseen));

  onCleanup(offerCommands(terminal));
  onCleanup(() => {
    live.close();
    clock.run(false);
    told.close();
    void journal.close();
  });
  registerSlots(terminal);
  applyThinking(api.kv, settings.core.thinking);
  live.start();
}

function registerSlots(terminal: Terminal): void {
  const { api, live, plan, unseen, now } = terminal;
  const model: ViewModel = {
    theme: () => api.theme.current,
    connected: live.connected,
    address: live.address,
    plan,
    run: live.run,
    asks: unseen,
    counts: createMemo(() => counts(terminal)),
    now,
    answer: () => asksDialog(terminal),
    act: () => tasksDialog(terminal),
  };
  const [sidebars, setSidebars] = createSignal(0);
  const [prompts, setPrompts] = createSignal(0);
  /** Counts what is on screen: which of several places is to speak follows from it. */
  const counted = (set: typeof setPrompts) => {
    set((count) => count + 1);
    onCleanup(() => set((count) => count - 1));
  };
  api.slots.register({
    order: 60,
    slots: {
      home_bottom: () => brand(model) as never,
      sidebar_content: () => {
        counted(setSidebars);
        return panel(model) as never;
      },
      session_prompt_right: () => {
        counted(setPrompts);
        return promptLine(model, sidebars) as never;
      },
      app_bottom: () => askLine(model, () => sidebars() + prompts() === 0) as never,
    },
  });
}

function screenOf(api: TuiPluginApi): string | undefined {
  const route = api.route.current;
  const id = route.name === "session" ? route.params?.sessionID : undefined;
  return typeof id === "string" ? id : undefined;
}

/** What the session used and what was hidden in it. */
function counts({ api, live, sessionId }: Terminal): string[] {
  const session = sessionId();
  const [usage, hidden] = [live.usage(), live.hidden()];
  // OpenCode's own count changes with every step, and stands in its own sidebar: it is read when ours is.
  const own = session === undefined ? undefined : untrack(() => api.state.session.get(session));
  const lines = [usageLine(usage, own), planningLine(usage), hidden && hiddenLine(hidden)];
  return lines.filter((line) => line !== undefined);
}

const plugin: TuiPluginModule & { id: string } = { id: "rozet", tui };
export default plugin;

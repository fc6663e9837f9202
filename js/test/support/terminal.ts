import type { TuiDialogSelectProps, TuiPluginApi, TuiToast } from "@opencode-ai/plugin/tui";
import { RGBA } from "@opentui/core";
import { testRender } from "@opentui/solid";
import { createSignal } from "solid-js";
import { type Node, node } from "../../src/tui/nodes.ts";
import plugin from "../../src/tui.ts";

interface Session {
  id: string;
  title: string;
  parentID?: string;
  directory: string;
}

interface Command {
  name: string;
  slashName: string;
  run: () => void;
}

type Handler = (event: { type: string; properties: unknown }) => void;

/** As much of OpenCode's terminal as Rozet touches, drawn for real: slots, and the dialog that is open. */
export class FakeTerminal {
  readonly toasts: string[] = [];
  readonly commands = new Map<string, Command>();
  readonly handlers = new Map<string, Set<Handler>>();
  readonly sessions = new Map<string, Session>();
  readonly kept = new Map<string, unknown>();
  /** What was answered through OpenCode's own client. */
  readonly replies: unknown[] = [];
  /** The props of the list that is open. */
  select: TuiDialogSelectProps<unknown> | undefined;
  readonly #route = createSignal<{ name: string; params?: object }>({ name: "home" });
  readonly #dialog = createSignal<(() => unknown) | undefined>(undefined);
  readonly #disposals: Array<() => void | Promise<void>> = [];
  #slots: Record<string, (context: unknown, props: unknown) => unknown> = {};
  #screen: Awaited<ReturnType<typeof testRender>> | undefined;

  /** Adds a session; without a parent it is one that a person sees first. */
  session(id: string, parentID?: string, title = id): void {
    this.sessions.set(id, { id, title, directory: "/w", ...(parentID !== undefined && { parentID }) });
  }

  /** Goes to a session's screen, or home. */
  show(sessionID?: string): void {
    this.#route[1](sessionID === undefined ? { name: "home" } : { name: "session", params: { sessionID } });
  }

  /** Something happened in OpenCode. */
  emit(type: string, properties: unknown): void {
    for (const handler of this.handlers.get(type) ?? []) handler({ type, properties });
  }

  /** A session asks to run a command. */
  ask(id: string, sessionID: string, command: string): void {
    const request = {
      id,
      sessionID,
      permission: "bash",
      patterns: [command],
      metadata: { command },
      always: [],
    };
    this.emit("permission.asked", request);
  }

  /** Enters a slash command. */
  enter(slash: string): void {
    const command = [...this.commands.values()].find(({ slashName }) => slashName === slash);
    if (command === undefined) throw new Error(`no /${slash} among ${[...this.commands.keys()]}`);
    command.run();
  }

  /** Chooses from the list that is open. */
  choose(title: string): void {
    const option = this.select?.options.find((option) => option.title.includes(title));
    if (option === undefined) throw new Error(`${title} is not among ${this.choices()}`);
    this.select?.onSelect?.(option);
  }

  /** What the open list offers. */
  choices(): string[] {
    return this.select?.options.map(({ title }) => title) ?? [];
  }

  /** What is on screen. */
  async seen(): Promise<string> {
    await this.#screen?.renderOnce();
    return this.#screen?.captureCharFrame() ?? "";
  }

  /** Loads the plugin and draws its slots. */
  async start(options: object = {}): Promise<void> {
    await plugin.tui(this.#api() as unknown as TuiPluginApi, options as never, {} as never);
    const slot = (name: string) => () => this.#slots[name]?.({}, { session_id: "s" });
    const at = () => this.#route[0]().name;
    const sidebar = slot("sidebar_content");
    const bottom = slot("app_bottom");
    const home = slot("home_bottom");
    this.#screen = await testRender(
      () =>
        node(
          "box",
          { flexDirection: "column" },
          () => (at() === "home" ? (home() as never) : []),
          () => (at() === "session" && this.#isRoot() ? (sidebar() as never) : []),
          bottom as never,
          () => this.#dialog[0]()?.() as never,
        ) as never,
      { width: 80, height: 40 },
    );
  }

  /** Ends the plugin as OpenCode does. */
  async dispose(): Promise<void> {
    for (const end of this.#disposals.splice(0).reverse()) await end();
    this.#screen?.renderer.destroy();
  }

  #isRoot(): boolean {
    const { sessionID } = this.#route[0]().params as { sessionID: string };
    return this.sessions.get(sessionID)?.parentID === undefined;
  }

  #api() {
    const setDialog = this.#dialog[1];
    const theme = new Proxy({}, { get: () => RGBA.fromHex("#808080") });
    const reply = async (said: unknown) => {
      this.replies.push(said);
      return { data: true };
    };
    const route = this.#route[0];
    return {
      app: { version: "1.18.33" },
      kv: {
        get: (key: string, fallback?: unknown) => (this.kept.has(key) ? this.kept.get(key) : fallback),
        set: (key: string, value: unknown) => void this.kept.set(key, value),
      },
      theme: { current: theme },
      route: {
        get current() {
          return route();
        },
      },
      state: { session: { get: (id: string) => this.sessions.get(id) } },
      client: { permission: { reply }, question: { reply } },
      event: {
        on: (type: string, handler: Handler) => {
          const handlers = this.handlers.get(type) ?? new Set();
          this.handlers.set(type, handlers.add(handler));
          return () => handlers.delete(handler);
        },
      },
      keymap: {
        registerLayer: ({ commands }: { commands: Command[] }) => {
          for (const command of commands) this.commands.set(command.name, command);
          return () => {
            for (const { name } of commands) this.commands.delete(name);
          };
        },
      },
      slots: { register: ({ slots }: { slots: FakeSlots }) => void Object.assign(this.#slots, slots) },
      ui: {
        toast: ({ message }: TuiToast) => void this.toasts.push(message),
        DialogSelect: (props: TuiDialogSelectProps<unknown>): Node => {
          this.select = props;
          return node(
            "text",
            {},
            () => `${props.title}: ${props.options.map(({ title }) => title).join(" | ")}`,
          );
        },
        DialogAlert: ({ message }: { message: string }): Node => node("text", {}, message),
        dialog: {
          replace: (render: () => unknown) => void setDialog(() => render),
          clear: () => {
            this.select = undefined;
            setDialog(undefined);
          },
          setSize: () => {},
        },
      },
      lifecycle: { onDispose: (end: () => void) => void this.#disposals.push(end) },
    };
  }
}

type FakeSlots = Record<string, (context: unknown, props: unknown) => unknown>;

import type { PluginInput } from "@opencode-ai/plugin";
import type { NoticeLevel } from "./generated/types.ts";

type Client = PluginInput["client"];

const MAX_TOASTS = 5;
const MAX_LOG_LINES = 50;
const SHOWN_MS = 8_000;

/** Speaks to the person and to OpenCode's log, seldom and without waiting for either. */
export class Notices {
  readonly #said = new Set<string>();
  #logged = 0;

  constructor(private readonly client: Client) {}

  /** Shows a toast, each text once; `opencode run` has nobody to show it to and drops it. */
  show(level: NoticeLevel, message: string): void {
    if (this.#said.has(message) || this.#said.size >= MAX_TOASTS) return;
    this.#said.add(message);
    this.log(level === "warning" ? "warn" : "info", message);
    this.#send(() =>
      this.client.tui.showToast({ body: { title: "Rozet", message, variant: level, duration: SHOWN_MS } }),
    );
  }

  /** Writes a line to OpenCode's log. */
  log(level: "info" | "warn" | "error", message: string): void {
    if (this.#logged >= MAX_LOG_LINES) return;
    this.#logged += 1;
    this.#send(() => this.client.app.log({ body: { service: "rozet", level, message } }));
  }

  /** A later turn of the loop: a hook must not even start the call, and in the factory the call would block it. */
  #send(call: () => Promise<unknown>): void {
    const timer = setTimeout(() => {
      try {
        call().catch(() => {});
      } catch {
        // An older client without this call.
      }
    }, 0);
    timer.unref();
  }
}

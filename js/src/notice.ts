import type { PluginInput } from "@opencode-ai/plugin";
import type { NoticeLevel } from "./generated/types.ts";

type Client = PluginInput["client"];

const MAX_WARNINGS = 5;
const MAX_NEWS = 200;
const MAX_LOG_LINES = 50;
const SHOWN_MS = 8_000;

/** Speaks to the person and to OpenCode's log, seldom and without waiting for either. */
export class Notices {
  readonly #warned = new Set<string>();
  #news = 0;
  #logged = 0;

  constructor(private readonly client: Client) {}

  /** Shows a toast, each warning once; `opencode run` has nobody to show it to and drops it. */
  show(level: NoticeLevel, message: string): void {
    if (level === "info") {
      // Two runs may end with the same words.
      if (this.#news >= MAX_NEWS) return;
      this.#news += 1;
    } else {
      if (this.#warned.has(message) || this.#warned.size >= MAX_WARNINGS) return;
      this.#warned.add(message);
    }
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

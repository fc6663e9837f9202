import type { ToolContext } from "@opencode-ai/plugin";
import { decoded, type OpenCodeApi } from "../host/api.ts";
import { isRecord } from "../host/clip.ts";

/** Each change is stored by OpenCode and sent to every interface. */
const PAUSE_MS = 1_000;
const TIMEOUT_MS = 2_000;

/**
 * Shows what a tool does while it is at work, as the title of its call. The context's own `metadata` does nothing for
 * tools of plugins (1.18.33: it returns an effect that nobody runs), so the call is changed through OpenCode's API.
 */
export class Showing {
  #wanted: string | undefined;
  #shown: string | undefined;
  #busy: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  constructor(
    private readonly api: OpenCodeApi,
    private readonly context: ToolContext & { callID?: string },
    private readonly signal: AbortSignal,
  ) {}

  /** Wants a title shown: soon, unless another comes first. Never throws. */
  show(title: string): void {
    this.#wanted = title;
    if (this.#busy === undefined && this.#timer === undefined) this.#next(0);
  }

  /** Resolves when nothing is under way that could come after the call's own end. */
  async end(): Promise<void> {
    this.#over = true;
    clearTimeout(this.#timer);
    await this.#busy;
  }

  #next(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#over || this.#wanted === undefined || this.#wanted === this.#shown) return;
      this.#shown = this.#wanted;
      this.#busy = this.#send(this.#wanted)
        .catch(() => {})
        .finally(() => {
          this.#busy = undefined;
          if (!this.#over) this.#next(PAUSE_MS);
        });
    }, ms);
    this.#timer.unref();
  }

  async #send(title: string): Promise<void> {
    const { sessionID, messageID, callID } = this.context;
    if (callID === undefined) return;
    const signal = AbortSignal.any([this.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const message = `/session/${encodeURIComponent(sessionID)}/message/${encodeURIComponent(messageID)}`;
    const read = decoded((await this.api.ask({ method: "GET", path: message }, signal)).text);
    const parts = isRecord(read) && Array.isArray(read.parts) ? read.parts.filter(isRecord) : [];
    const part = parts.find((part) => part.callID === callID);
    // What has ended must not look as if it were under way again.
    if (part === undefined || !isRecord(part.state) || part.state.status !== "running") return;
    const path = `${message}/part/${encodeURIComponent(String(part.id))}`;
    const body = { ...part, state: { ...part.state, title } };
    if (!this.signal.aborted && !this.#over) await this.api.ask({ method: "PATCH", path, body }, signal);
  }
}

import { join } from "node:path";
import { Delivery } from "../delivery/delivery.ts";
import { Spool } from "../delivery/spool.ts";
import type { Discovery } from "../sidecar/discovery.ts";

/** What the terminal tells of itself. */
export type Action = "opened" | "command" | "ask_answered" | "task_marked" | "thinking_set" | "file_opened";

/** More events than a person makes in a day; what comes after is not told. */
const MAX_EVENTS = 1_000;
const FINAL_FLUSH_MS = 200;

/** The terminal's own events: few, small, and told under its own name. Nothing is made of it before the first one. */
export class Journal {
  #delivery: Delivery | undefined;
  #seq = 0;

  constructor(
    private readonly producer: string,
    private readonly stateFolder: string,
    private readonly discovery: Discovery,
    private readonly onTrouble: (message: string) => void,
    private readonly on: boolean,
  ) {}

  /** Tells what the person did. Never throws. */
  note(sessionId: string, action: Action, details: Record<string, string | number | boolean> = {}): void {
    if (!this.on || this.#seq >= MAX_EVENTS) return;
    this.#delivery ??= new Delivery(
      this.producer,
      new Spool(join(this.stateFolder, "spool"), this.producer),
      this.discovery,
      { unreachable: () => {}, trouble: this.onTrouble },
    );
    this.#seq += 1;
    this.#delivery.accept({
      event_id: `${this.producer}.${this.#seq}`,
      producer: this.producer,
      seq: this.#seq,
      source_app: "rozet-tui",
      session_id: sessionId,
      hook_event_type: "Notification",
      payload: { action, by: "tui", ...details },
      timestamp: Date.now(),
    });
  }

  /** Sends at once what waited for a sidecar. */
  wake(): void {
    this.#delivery?.wake();
  }

  /** Sends what is left, briefly; the rest stays in the spool. */
  async close(): Promise<void> {
    await this.#delivery?.close(FINAL_FLUSH_MS);
  }
}

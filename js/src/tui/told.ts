import type { TuiToast } from "@opencode-ai/plugin/tui";
import type { Ask, Plan, RunView } from "../generated/types.ts";
import { askerOf } from "./asks.ts";
import { oneLine } from "./board.ts";

const SHOWN_MS = 8_000;
/** Things that are told; what comes after shows in the sidebar alone. */
const MAX_TOLD = 200;
const MAX_MESSAGE = 160;
/** What is answered at once, by a rule or by Rozet, is no business of the person's. */
const GRACE_MS = 1_000;

/** Tells the person of what waits for them, each thing once. */
export class Told {
  readonly #told = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly toast: (toast: TuiToast) => void) {}

  /** Tells of asks that are nowhere on screen, if they are still there in a moment. */
  asks(unseen: () => readonly Ask[]): void {
    if (this.#timer !== undefined || unseen().every(({ ask_id }) => this.#told.has(ask_id))) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      for (const ask of unseen()) {
        this.once(ask.ask_id, "warning", `${askerOf(ask)} asks: ${ask.title} · /rozet-asks`);
      }
    }, GRACE_MS);
    this.#timer.unref();
  }

  /** Tells of tasks that wait for the person; of a run that is paused or over the server's part tells. */
  tasks(plan: Plan | undefined, run: RunView | undefined): void {
    if (plan === undefined || (run?.run.plan_id === plan.plan_id && run.run.status === "paused")) return;
    for (const { task_id, status, since, waits_for } of plan.tasks) {
      if (status !== "blocked" || (waits_for?.kind !== "human" && waits_for?.kind !== "budget")) continue;
      const what = waits_for.kind === "human" ? "waits for you" : "waits for the budget";
      this.once(
        `${plan.plan_id} ${task_id} ${since}`,
        "warning",
        `${task_id} ${what}: ${waits_for.what} · /rozet-tasks`,
      );
    }
  }

  /** Shows a message, the first time that there is something of that name. */
  once(name: string, variant: NonNullable<TuiToast["variant"]>, message: string): void {
    if (this.#told.has(name) || this.#told.size >= MAX_TOLD) return;
    this.#told.add(name);
    this.now(variant, message);
  }

  /** Answers what the person has just done. */
  now(variant: NonNullable<TuiToast["variant"]>, message: string): void {
    this.toast({ title: "Rozet", message: oneLine(message, MAX_MESSAGE), variant, duration: SHOWN_MS });
  }

  /** Tells nothing any more. */
  close(): void {
    clearTimeout(this.#timer);
  }
}

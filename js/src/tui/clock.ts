import { createSignal } from "solid-js";

const EVERY_MS = 10_000;

/** The time, for views that say how long something has lasted: it moves only while there is such a thing. */
export class Clock {
  /** Milliseconds since 1970; a signal. */
  readonly now: () => number;
  readonly #move: (now: number) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly onTick: () => void = () => {},
    private readonly everyMs = EVERY_MS,
  ) {
    const [now, setNow] = createSignal(Date.now());
    this.now = now;
    this.#move = setNow;
  }

  /** Starts or stops it; started, it is right at once. */
  run(on: boolean): void {
    if (on) this.#move(Date.now());
    if (on === (this.#timer !== undefined)) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (!on) return;
    this.#timer = setInterval(() => {
      this.#move(Date.now());
      this.onTick();
    }, this.everyMs);
    this.#timer.unref();
  }
}

/** How long something has lasted, such as `just now`, `40 s`, `3 min` or `2 h`: as exact as the clock is. */
export function lasting(ms: number): string {
  if (ms < EVERY_MS) return "just now";
  const seconds = Math.floor(ms / EVERY_MS) * (EVERY_MS / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

/** Growing pauses with jitter, in milliseconds. */
export class Backoff {
  #failures = 0;

  constructor(
    private readonly firstMs: number,
    private readonly maxMs: number,
  ) {}

  /** How often it failed since the last success. */
  get failures(): number {
    return this.#failures;
  }

  /** The pause after one more failure: doubled each time, between half and all of it. */
  next(): number {
    const full = Math.min(this.maxMs, this.firstMs * 2 ** Math.min(this.#failures, 20));
    this.#failures += 1;
    return full * (0.5 + Math.random() / 2);
  }

  /** Starts anew after a success. */
  reset(): void {
    this.#failures = 0;
  }
}

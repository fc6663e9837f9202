/** Those who wait for a plan, by its id. */
export class PlanWaits {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Resolves when the plan is settled, or after `ms`. */
  wait(planId: string, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.get(planId)?.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      timer.unref();
      const others = this.#waiting.get(planId) ?? new Set();
      this.#waiting.set(planId, others.add(done));
    });
  }

  /** The plan is there, or will not come. */
  settle(planId: string): void {
    const waiting = this.#waiting.get(planId);
    this.#waiting.delete(planId);
    for (const done of waiting ?? []) done();
  }

  /** Nobody is to wait any longer. */
  settleAll(): void {
    for (const planId of [...this.#waiting.keys()]) this.settle(planId);
  }
}

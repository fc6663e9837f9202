/** Those who wait for a plan or a verdict, by its name. */
export class Waits {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Resolves when what is waited for is settled, or after `ms`. */
  wait(name: string, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.get(name)?.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      timer.unref();
      const others = this.#waiting.get(name) ?? new Set();
      this.#waiting.set(name, others.add(done));
    });
  }

  /** It is there, or will not come. */
  settle(name: string): void {
    const waiting = this.#waiting.get(name);
    this.#waiting.delete(name);
    for (const done of waiting ?? []) done();
  }

  /** Nobody is to wait any longer. */
  settleAll(): void {
    for (const name of [...this.#waiting.keys()]) this.settle(name);
  }
}

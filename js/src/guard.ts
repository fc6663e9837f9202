import type { HookOverhead, Overhead } from "./generated/types.ts";

/** Counts what the hooks cost and what went wrong in them. */
export class Meter {
  /** Times that a hook was cut off or caught. */
  faults = 0;
  /** Time spent waiting for plans, in milliseconds. */
  planWaitMs = 0;
  #hooks = new Map<string, HookOverhead>();

  /** Adds one run of a hook, in milliseconds. */
  record(hook: string, ms: number): void {
    const known = this.#hooks.get(hook);
    if (known === undefined) {
      this.#hooks.set(hook, { hook, calls: 1, total_ms: ms, max_ms: ms });
      return;
    }
    known.calls += 1;
    known.total_ms += ms;
    known.max_ms = Math.max(known.max_ms, ms);
  }

  /** Everything measured so far. */
  overhead(factoryMs: number, coreRestarts: number): Overhead {
    return {
      factory_ms: factoryMs,
      hooks: [...this.#hooks.values()],
      plan_wait_ms: this.planWaitMs,
      core_restarts: coreRestarts,
      hook_faults: this.faults,
    };
  }
}

/** What a guard needs from its surroundings. */
export interface GuardContext {
  meter: Meter;
  /** Hears of every fault; must not throw. */
  onFault: (message: string) => void;
  /** False while hooks must do nothing. */
  active: () => boolean;
  /** Hears of every call; must not throw. */
  onCall?: (hook: string) => void;
}

/**
 * Wraps a hook so that OpenCode never sees it throw, nor wait longer than `deadlineMs`. A body that returns at once is
 * measured as it is; one that waits reports the wait to the meter, and it is taken off.
 */
export function guard<Args extends unknown[]>(
  context: GuardContext,
  hook: string,
  deadlineMs: number,
  body: (...args: Args) => undefined | Promise<void>,
): (...args: Args) => Promise<void> {
  const { meter, onFault, active, onCall } = context;
  return async (...args) => {
    if (!active()) return;
    onCall?.(hook);
    const started = performance.now();
    const waitedBefore = meter.planWaitMs;
    try {
      const pending = body(...args);
      if (pending !== undefined) await within(pending, deadlineMs);
    } catch (error) {
      meter.faults += 1;
      onFault(`hook ${hook}: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      const ms = performance.now() - started - (meter.planWaitMs - waitedBefore);
      meter.record(hook, Math.max(0, ms));
    }
  };
}

async function within(pending: Promise<void>, deadlineMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`cut off after ${deadlineMs} ms`)), deadlineMs);
    timer.unref();
  });
  try {
    await Promise.race([pending, late]);
  } finally {
    clearTimeout(timer);
    // A body that fails after its deadline must not become an unhandled rejection.
    pending.catch(() => {});
  }
}

export interface Coalesced {
  /** Asks for a run soon; many asks become one. */
  ask: () => void;
  /** Drops what was asked for and not yet begun. */
  cancel: () => void;
}

/**
 * Runs `work` once, `delayMs` after it was first asked for. While it runs no second run begins;
 * asks of that time become one more run afterwards.
 */
export function coalesce(work: () => Promise<void>, delayMs: number): Coalesced {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isRunning = false;
  let isAsked = false;

  function ask(): void {
    isAsked = true;
    if (isRunning || timer !== undefined) return;
    timer = setTimeout(run, delayMs);
  }

  async function run(): Promise<void> {
    timer = undefined;
    isAsked = false;
    isRunning = true;
    try {
      await work();
    } finally {
      isRunning = false;
      if (isAsked) ask();
    }
  }

  function cancel(): void {
    clearTimeout(timer);
    timer = undefined;
    isAsked = false;
  }

  return { ask, cancel };
}

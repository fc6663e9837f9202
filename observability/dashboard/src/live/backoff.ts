const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/**
 * How long to wait before a further attempt, in milliseconds: doubling from half a second to 15 seconds, of which
 * the upper half is chance, so that many pages do not return at once. `attempt` counts from 1; `random` is in [0, 1).
 */
export function backoffMs(attempt: number, random: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 10));
  return full / 2 + (full / 2) * random;
}

/** The time that is looked back at, moving on. */

/** How many times faster than life. */
export const SPEEDS = [1, 10, 60, 600] as const;
export type Speed = (typeof SPEEDS)[number];

/** Where play leads after a while, in milliseconds since 1970; it ends at the end. */
export function advanced(at: number, elapsedMs: number, speed: Speed, end: number): number {
  return Math.min(end, at + elapsedMs * speed);
}

/** The speed at which a whole session plays in about half a minute. */
export function fittingSpeed(spanMs: number): Speed {
  return SPEEDS.findLast((speed) => spanMs / speed >= 30_000) ?? 1;
}

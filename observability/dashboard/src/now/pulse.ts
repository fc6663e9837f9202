/** Activity as stacked bars. */
import { kindOf, type Tone } from "../events/kinds";
import type { Activity } from "../generated/types";

/** How long a pulse looks back, in minutes. */
export const PULSE_MINUTES = [1, 5, 15, 60] as const;
export type PulseMinutes = (typeof PULSE_MINUTES)[number];

export const PULSE_BARS = 60;

/** From the bottom of a bar to its top. */
const STACK: readonly Tone[] = ["calm", "ask", "run", "prove", "good", "wait", "bad"];

export interface BarPart {
  tone: Tone;
  events: number;
  /** How many events are below it. */
  below: number;
}

export interface Bar {
  parts: BarPart[];
  total: number;
  /** The types in it, the most first. */
  types: { type: string; events: number }[];
}

/** One bar for each span of time; types of the same tone are one part of it. */
export function barsOf(activity: Activity): Bar[] {
  const length = Math.max(0, ...activity.types.map((line) => line.counts.length));
  return Array.from({ length }, (_, at) => {
    const types = activity.types
      .map((line) => ({ type: line.hook_event_type, events: line.counts[at] ?? 0 }))
      .filter(({ events }) => events > 0)
      .sort((a, b) => b.events - a.events);
    const byTone = new Map<Tone, number>();
    for (const { type, events } of types) {
      const { tone } = kindOf(type);
      byTone.set(tone, (byTone.get(tone) ?? 0) + events);
    }
    let below = 0;
    const parts: BarPart[] = [];
    for (const tone of STACK) {
      const events = byTone.get(tone) ?? 0;
      if (events === 0) continue;
      parts.push({ tone, events, below });
      below += events;
    }
    return { parts, total: below, types };
  });
}

/** How many events of each type there were, the most first. */
export function totalsOf(activity: Activity): { type: string; events: number }[] {
  return activity.types
    .map((line) => ({ type: line.hook_event_type, events: line.counts.reduce((sum, one) => sum + one, 0) }))
    .filter(({ events }) => events > 0)
    .sort((a, b) => b.events - a.events);
}

/** The height of the axis: the next of 1, 2, 5, 10, 20, … */
export function axisTop(most: number): number {
  if (most <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((step) => step * power).find((top) => top >= most) ?? most;
}

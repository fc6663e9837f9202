import { isFields } from "../events/payload";
import type { StoredEvent } from "../generated/types";

/** The most events held, and the most characters of text in them: whichever is met first. */
export interface LogLimits {
  events: number;
  chars: number;
}

export const LOG_LIMITS: LogLimits = { events: 20_000, chars: 64 * 1024 * 1024 };

/** Events that happened while the page was not connected and came too many to be repeated. */
export interface Gap {
  /** The event before which they are missing. */
  beforeId: number;
  missed: number;
}

/** The newest events in the order of their ids, each once, bounded. */
export class EventLog {
  private held: StoredEvent[] = [];
  private weights: number[] = [];
  private chars = 0;
  private lost: Gap[] = [];
  private released = 0;
  private releasedThrough = Number.NEGATIVE_INFINITY;

  constructor(private readonly limits: LogLimits = LOG_LIMITS) {}

  get events(): readonly StoredEvent[] {
    return this.held;
  }

  get gaps(): readonly Gap[] {
    return this.lost;
  }

  /** How many older events were let go to stay within the limits. */
  get letGo(): number {
    return this.released;
  }

  /** Adds live events and returns those that were not held yet. */
  add(events: readonly StoredEvent[]): StoredEvent[] {
    const added = events.filter((event) => this.insert(event));
    this.trim();
    return added;
  }

  /**
   * Takes in what the server repeats on connecting, the newest events oldest first, and returns those that were new.
   * What lies between the last event held and the oldest repeated one is noted as a gap.
   */
  merge(recent: readonly StoredEvent[]): StoredEvent[] {
    if (this.isOtherStore(recent)) this.clear();
    const last = this.held.at(-1);
    const oldest = recent[0];
    if (last && oldest && oldest.id > last.id + 1) {
      this.lost.push({ beforeId: oldest.id, missed: oldest.id - last.id - 1 });
    }
    return this.add(recent);
  }

  /** Ids that fall back, or name another event, come from a store that was started afresh. */
  private isOtherStore(recent: readonly StoredEvent[]): boolean {
    const last = this.held.at(-1);
    if (!last) return false;
    const newest = recent.at(-1);
    if (!newest || newest.id < last.id) return true;
    return recent.some((event) => {
      const at = this.placeOf(event.id);
      const held = this.held[at];
      return held?.id === event.id && held.event_id !== event.event_id;
    });
  }

  private clear(): void {
    this.held = [];
    this.weights = [];
    this.chars = 0;
    this.lost = [];
    this.released = 0;
    this.releasedThrough = Number.NEGATIVE_INFINITY;
  }

  private insert(event: StoredEvent): boolean {
    if (event.id <= this.releasedThrough) return false;
    const at = this.placeOf(event.id);
    if (this.held[at]?.id === event.id) return false;
    const weight = weigh(event);
    this.held.splice(at, 0, event);
    this.weights.splice(at, 0, weight);
    this.chars += weight;
    return true;
  }

  /** Where an id is or belongs; almost always at the end. */
  private placeOf(id: number): number {
    const last = this.held.at(-1);
    if (!last || last.id < id) return this.held.length;
    let low = 0;
    let high = this.held.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.held[middle]?.id ?? id) < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private trim(): void {
    let excess = 0;
    while (excess < this.held.length - 1 && this.isOver(excess)) {
      this.chars -= this.weights[excess] ?? 0;
      excess += 1;
    }
    if (excess === 0) return;
    this.releasedThrough = this.held[excess - 1]?.id ?? this.releasedThrough;
    this.held.splice(0, excess);
    this.weights.splice(0, excess);
    this.released += excess;
    const first = this.held[0]?.id ?? 0;
    this.lost = this.lost.filter((gap) => gap.beforeId > first);
  }

  private isOver(excess: number): boolean {
    return this.held.length - excess > this.limits.events || this.chars > this.limits.chars;
  }
}

/** About how many characters of text an event holds; counts without recursion, so depth cannot hurt. */
function weigh(event: StoredEvent): number {
  const open: unknown[] = [event.payload, event.summary];
  let chars = 200;
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === "string") chars += value.length;
    else if (Array.isArray(value)) for (const inner of value) open.push(inner);
    else if (isFields(value)) {
      for (const [name, inner] of Object.entries(value)) {
        chars += name.length;
        open.push(inner);
      }
    } else chars += 8;
  }
  return chars;
}

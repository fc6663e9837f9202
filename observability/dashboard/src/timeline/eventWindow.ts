import type { EventPage } from "../api/events";
import type { StoredEvent } from "../generated/types";
import { weigh } from "./weight";

/** The most events held, and the most characters of text in them: whichever is met first. */
export interface WindowLimits {
  events: number;
  chars: number;
}

const WINDOW_LIMITS: WindowLimits = { events: 3_000, chars: 48 * 1024 * 1024 };
/** However heavy events are, so many are held. */
const LEAST_EVENTS = 50;

/**
 * The part of the stored events that is held: one stretch without a hole, in the order of ids. It grows at either
 * end and lets go at the other, so that any number of events can be walked through.
 */
export class EventWindow {
  private held: StoredEvent[] = [];
  private weights: number[] = [];
  private chars = 0;

  /** What the next page of older events begins before; undefined when there are none. */
  older: number | undefined;
  /** What the next page of newer events begins after; undefined when the window reaches up to now. */
  newer: number | undefined;

  constructor(private readonly limits: WindowLimits = WINDOW_LIMITS) {}

  /** The events, the oldest first; another list after each change. */
  get events(): readonly StoredEvent[] {
    return this.held;
  }

  get last(): StoredEvent | undefined {
    return this.held.at(-1);
  }

  /** Begins anew with the newest events. */
  beginAtEnd(page: EventPage): void {
    this.clear();
    this.put([...page.events].reverse(), "end");
    this.older = page.next;
    this.newer = undefined;
  }

  /** Begins anew with the events after `after`, the oldest first. */
  beginAfter(page: EventPage, after: number): void {
    this.clear();
    this.put(page.events, "start");
    this.older = after > 0 ? after + 1 : undefined;
    this.newer = page.next;
  }

  /** Takes in a page of older events, the newest first. */
  addOlder(page: EventPage): void {
    this.put([...page.events].reverse(), "start");
    this.older = page.next;
  }

  /** Takes in a page of newer events, the oldest first. */
  addNewer(page: EventPage): void {
    this.newer = page.next;
    this.put(page.events, "end");
  }

  /** Takes in what has just happened; returns how many were new. Only a window that reaches up to now can. */
  addLive(events: readonly StoredEvent[]): number {
    if (this.newer !== undefined) return 0;
    const last = this.last?.id ?? 0;
    const fresh = events.filter((event) => event.id > last);
    if (fresh.length > 0) this.put(fresh, "end");
    return fresh.length;
  }

  /** Puts an event that has changed in its own place. */
  replace(event: StoredEvent): boolean {
    const at = this.held.findIndex((one) => one.id === event.id);
    if (at < 0) return false;
    this.held = this.held.with(at, event);
    return true;
  }

  private clear(): void {
    this.held = [];
    this.weights = [];
    this.chars = 0;
  }

  private put(events: readonly StoredEvent[], at: "start" | "end"): void {
    const weights = events.map(weigh);
    for (const weight of weights) this.chars += weight;
    this.held = at === "end" ? [...this.held, ...events] : [...events, ...this.held];
    this.weights = at === "end" ? [...this.weights, ...weights] : [...weights, ...this.weights];
    this.letGo(at === "end" ? "start" : "end");
  }

  private letGo(at: "start" | "end"): void {
    let excess = 0;
    const { length } = this.held;
    while (
      length - excess > LEAST_EVENTS &&
      (length - excess > this.limits.events || this.chars > this.limits.chars)
    ) {
      this.chars -= this.weights[at === "start" ? excess : length - 1 - excess] ?? 0;
      excess += 1;
    }
    if (excess === 0) return;
    const [from, to] = at === "start" ? [excess, length] : [0, length - excess];
    this.held = this.held.slice(from, to);
    this.weights = this.weights.slice(from, to);
    if (at === "start") this.older = this.held[0]?.id;
    else this.newer = this.last?.id;
  }
}

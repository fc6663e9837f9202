import type { StoredEvent } from "../generated/types";

/** How many of the newest events the page itself remembers; the timeline reads others from the store. */
const RECENT_EVENTS = 2_000;

/** The newest live events in the order of their ids, each once, bounded. */
export class RecentEvents {
  private held: StoredEvent[] = [];
  private through = 0;

  constructor(private readonly most = RECENT_EVENTS) {}

  get events(): readonly StoredEvent[] {
    return this.held;
  }

  /** The last event; undefined before the first. */
  get last(): StoredEvent | undefined {
    return this.held.at(-1);
  }

  /** The id of the last event, or what stands for it before there was one. */
  get lastId(): number {
    return Math.max(this.through, this.last?.id ?? 0);
  }

  /** True when nothing that came after the event `id` is missing here. */
  covers(id: number): boolean {
    const first = this.held[0];
    return first === undefined
      ? id >= this.through
      : first.id <= id + 1 || (this.held.length < this.most && id >= this.through);
  }

  /** Begins anew: what came up to the event `through` is not held. */
  beginAfter(through: number): void {
    this.held = [];
    this.through = through;
  }

  /** Takes in events, the oldest first, and returns those that are new. */
  add(events: readonly StoredEvent[]): StoredEvent[] {
    let last = this.lastId;
    const fresh = events.filter((event) => {
      if (event.id <= last) return false;
      last = event.id;
      return true;
    });
    this.held = [...this.held, ...fresh].slice(-this.most);
    return fresh;
  }
}

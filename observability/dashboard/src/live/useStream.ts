import { useEventListener } from "@vueuse/core";
import { onScopeDispose, type ShallowRef, shallowReadonly, shallowRef } from "vue";
import { fetchEvents } from "../api/events";
import { openStream, readFrame, type StreamFrame } from "../api/stream";
import type { StoredEvent } from "../generated/types";
import { ANY_EVENT } from "../timeline/filter";
import { Connection, type ConnectionState } from "./connection";
import { RecentEvents } from "./recentEvents";

/** Events that come within this time are shown together, in milliseconds; longer where many come. */
const BATCH_MS = 30;
const BUSY_BATCH_MS = 100;
/** A batch of this size means that many come. */
const BUSY_EVENTS = 10;
/** A batch is taken in at once at this size: timers of hidden pages hardly run. */
const BATCH_EVENTS = 2_000;
/** What was missed during a break is read in one page of this size; where it was more, everything is read anew. */
const MISSED_EVENTS = 1_000;

export interface StreamListener {
  /** New events, oldest first, without a gap to those before. */
  added: (events: readonly StoredEvent[]) => void;
  /** An event changed: somebody answered it. */
  updated: (event: StoredEvent) => void;
  /**
   * Whatever was read before may be of another store, or too much has happened since: read it anew. The first time it
   * only says that the stream has begun.
   */
  renewed: (isFirst: boolean) => void;
}

export interface Stream {
  connection: Readonly<ShallowRef<ConnectionState>>;
  /** The newest events that were heard. */
  recent: RecentEvents;
  /** Messages that could not be read. */
  unreadable: Readonly<ShallowRef<number>>;
  /** Adds a listener for as long as the calling component lives. */
  listen: (listener: Partial<StreamListener>) => void;
  retryNow: () => void;
}

/** Follows the sidecar's live events for as long as the calling component lives. */
export function useStream(): Stream {
  const recent = new RecentEvents();
  const connection = shallowRef<ConnectionState>({ kind: "connecting" });
  const unreadable = shallowRef(0);
  const listeners = new Set<Partial<StreamListener>>();
  let batch: StoredEvent[] = [];
  let isCaughtUp = false;
  let hasBegun = false;
  let isBusy = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let catching = new AbortController();

  function tell<K extends keyof StreamListener>(what: K, ...news: Parameters<StreamListener[K]>): void {
    for (const listener of listeners)
      (listener[what] as ((...news: unknown[]) => void) | undefined)?.(...news);
  }

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (batch.length === 0 || !isCaughtUp) return;
    const events = batch;
    batch = [];
    isBusy = events.length >= BUSY_EVENTS;
    const added = recent.add(events);
    if (added.length > 0) tell("added", added);
  }

  /** Reads what happened between the last event heard and the stream's beginning. */
  async function catchUp(after: number): Promise<void> {
    catching.abort();
    catching = new AbortController();
    const { signal } = catching;
    const { last, lastId } = recent;
    if (!hasBegun) {
      hasBegun = true;
      renew(after, true);
      return;
    }
    try {
      // The last event is read again: where another stands in its place, this is another store.
      const from = Math.max(0, lastId - (last ? 1 : 0));
      const page = await fetchEvents(
        ANY_EVENT,
        { after: from, order: "oldest", limit: MISSED_EVENTS },
        signal,
      );
      const isSame = last === undefined ? after >= lastId : page.events[0]?.event_id === last.event_id;
      if (!isSame || page.next !== undefined) renew(after);
      else {
        isCaughtUp = true;
        batch = [...page.events.filter((event) => event.id <= after), ...batch];
        flush();
      }
    } catch {
      if (!signal.aborted) renew(after);
    }
  }

  function renew(after: number, isFirst = false): void {
    recent.beginAfter(after);
    isCaughtUp = true;
    tell("renewed", isFirst);
    flush();
  }

  function take(frame: StreamFrame): void {
    if (frame.type === "ready") void catchUp(frame.after);
    else if (frame.type === "updated") tell("updated", frame.event);
    else if (frame.type === "event") {
      batch.push(frame.event);
      if (batch.length >= BATCH_EVENTS && isCaughtUp) flush();
      else timer ??= setTimeout(flush, isBusy ? BUSY_BATCH_MS : BATCH_MS);
    }
  }

  const link = new Connection({
    open: openStream,
    message(data) {
      const frame = readFrame(data);
      if (frame) take(frame);
      else unreadable.value += 1;
    },
    state(state) {
      if (connection.value.kind === "live" && state.kind !== "live") {
        flush();
        isCaughtUp = false;
        batch = [];
      }
      connection.value = state;
    },
  });

  link.start();
  useEventListener(window, "online", () => link.retryNow());
  useEventListener(document, "visibilitychange", () => {
    if (document.visibilityState === "visible") link.retryNow();
  });
  onScopeDispose(() => {
    catching.abort();
    clearTimeout(timer);
    link.stop();
  });

  function listen(listener: Partial<StreamListener>): void {
    listeners.add(listener);
    onScopeDispose(() => listeners.delete(listener));
  }

  return {
    connection: shallowReadonly(connection),
    recent,
    unreadable: shallowReadonly(unreadable),
    listen,
    retryNow: () => link.retryNow(),
  };
}

import { useEventListener } from "@vueuse/core";
import { onScopeDispose, type ShallowRef, shallowRef } from "vue";
import { fetchRecentEvents } from "../api/events";
import { openStream, readFrame, type StreamFrame } from "../api/stream";
import type { StoredEvent } from "../generated/types";
import { Connection, type ConnectionState } from "./connection";
import { EventLog, type Gap } from "./eventLog";

/** Events that come within this time are shown together, in milliseconds; longer where many come. */
const BATCH_MS = 30;
const BUSY_BATCH_MS = 100;
/** A batch of this size means that many come. */
const BUSY_EVENTS = 10;
/** A batch is taken in at once at this size: timers of hidden pages hardly run. */
const BATCH_EVENTS = 2_000;

/** The log at one moment. The list itself goes on changing: copy it to keep it. */
export interface LogView {
  events: readonly StoredEvent[];
  gaps: readonly Gap[];
  letGo: number;
}

export interface Stream {
  connection: Readonly<ShallowRef<ConnectionState>>;
  log: Readonly<ShallowRef<LogView>>;
  /** True once it is known which events there are. */
  isLoaded: Readonly<ShallowRef<boolean>>;
  /** Messages that could not be read. */
  unreadable: Readonly<ShallowRef<number>>;
  retryNow: () => void;
}

export interface StreamListener {
  /** New events, oldest first. */
  added: (events: readonly StoredEvent[]) => void;
  /** The connection opened; anything may have changed meanwhile. */
  opened: () => void;
}

/** Follows the sidecar's live events for as long as the calling component lives. */
export function useStream(listener: StreamListener): Stream {
  const log = new EventLog();
  const connection = shallowRef<ConnectionState>({ kind: "connecting" });
  const view = shallowRef<LogView>(look());
  const isLoaded = shallowRef(false);
  const unreadable = shallowRef(0);
  let batch: StoredEvent[] = [];
  let isBusy = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function look(): LogView {
    return { events: log.events, gaps: log.gaps, letGo: log.letGo };
  }

  function show(added: readonly StoredEvent[]): void {
    view.value = look();
    if (added.length > 0) listener.added(added);
  }

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (batch.length === 0) return;
    const events = batch;
    batch = [];
    isBusy = events.length >= BUSY_EVENTS;
    show(log.add(events));
  }

  function take(frame: StreamFrame): void {
    if (frame.type === "initial") {
      flush();
      isLoaded.value = true;
      show(log.merge(frame.events));
      return;
    }
    batch.push(frame.event);
    if (batch.length >= BATCH_EVENTS) flush();
    else timer ??= setTimeout(flush, isBusy ? BUSY_BATCH_MS : BATCH_MS);
  }

  const link = new Connection({
    open: openStream,
    message(data) {
      const frame = readFrame(data);
      if (frame) take(frame);
      else unreadable.value += 1;
    },
    state(state) {
      connection.value = state;
      if (state.kind === "live") listener.opened();
    },
  });

  /** Shows what there is even where the stream cannot be opened. */
  async function firstLook(signal: AbortSignal): Promise<void> {
    const events = await fetchRecentEvents(signal).catch(() => undefined);
    if (!events || isLoaded.value || signal.aborted) return;
    isLoaded.value = true;
    show(log.merge(events));
  }

  const life = new AbortController();
  link.start();
  void firstLook(life.signal);
  useEventListener(window, "online", () => link.retryNow());
  useEventListener(document, "visibilitychange", () => {
    if (document.visibilityState === "visible") link.retryNow();
  });
  onScopeDispose(() => {
    life.abort();
    clearTimeout(timer);
    link.stop();
  });

  return { connection, log: view, isLoaded, unreadable, retryNow: () => link.retryNow() };
}

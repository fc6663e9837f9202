import { onScopeDispose, type Ref, type ShallowRef, shallowReadonly, shallowRef, watch } from "vue";
import { type EventPage, type EventRange, fetchEvents } from "../api/events";
import { ApiError } from "../api/http";
import type { StoredEvent } from "../generated/types";
import { coalesce } from "../live/coalesce";
import { useLive } from "../live/useLive";
import { EventWindow } from "./eventWindow";
import { type EventFilter, matcher, sameFilter } from "./filter";

/** Why the timeline stands still: someone pressed pause, or is reading further up. */
export type PauseReason = "button" | "reading";

/** Where a timeline begins: at its end, at its start, or around an event. */
export type Place = "end" | "start" | { event: number };

/** Events of the first page, and of further ones. */
const FIRST_EVENTS = 200;
const PAGE_EVENTS = 200;
/** Text is found soon after it was stored: when to look again, in milliseconds. */
const TEXT_DELAY_MS = 400;
const TEXT_DEADLINE_MS = 2_200;

export interface Timeline {
  rows: Readonly<ShallowRef<readonly StoredEvent[]>>;
  /** Why it stands still; undefined while it follows. */
  paused: Readonly<ShallowRef<PauseReason | undefined>>;
  /** Matching events that came since it stands still. */
  newCount: Readonly<ShallowRef<number>>;
  /** Whether there is more in the store than is held, on either side. */
  hasOlder: Readonly<ShallowRef<boolean>>;
  hasNewer: Readonly<ShallowRef<boolean>>;
  isLoading: Readonly<ShallowRef<boolean>>;
  isLoaded: Readonly<ShallowRef<boolean>>;
  error: Readonly<ShallowRef<string | undefined>>;
  pause: (reason: PauseReason) => void;
  follow: () => void;
  /** Reads on where the reader comes near an end of what is held. */
  reachOlder: () => void;
  reachNewer: () => void;
  go: (place: Place) => Promise<void>;
}

/** The events to show, page by page. While it is paused it stands still, so that nothing moves under a reader's eyes. */
export function useTimeline(filter: Readonly<Ref<EventFilter>>, begin: () => Place): Timeline {
  const { stream, parentOf } = useLive();
  const held = new EventWindow();
  const rows = shallowRef<readonly StoredEvent[]>([]);
  const paused = shallowRef<PauseReason>();
  const newCount = shallowRef(0);
  const hasOlder = shallowRef(false);
  const hasNewer = shallowRef(false);
  const isLoading = shallowRef(false);
  const isLoaded = shallowRef(false);
  const error = shallowRef<string>();
  let matches = matcher(filter.value, parentOf);
  let current = new AbortController();
  let isBehind = false;
  let again: (() => void) | undefined;
  let lateLook: ReturnType<typeof setTimeout> | undefined;

  function show(): void {
    rows.value = held.events;
    hasOlder.value = held.older !== undefined;
    hasNewer.value = held.newer !== undefined;
  }

  /** One reading at a time; a new beginning drops what is under way. */
  async function read(range: EventRange, take: (page: EventPage) => void): Promise<void> {
    const { signal } = current;
    isLoading.value = true;
    try {
      const page = await fetchEvents(filter.value, range, signal);
      if (signal.aborted) return;
      take(page);
      error.value = undefined;
      again = undefined;
      isLoaded.value = true;
      show();
      if (isBehind) void catchUp();
    } catch (cause) {
      if (signal.aborted) return;
      error.value = cause instanceof ApiError ? cause.message : "The events could not be read.";
      again = () => void read(range, take);
    }
    isLoading.value = false;
  }

  async function go(place: Place): Promise<void> {
    current.abort();
    current = new AbortController();
    newCount.value = 0;
    if (place === "end") {
      paused.value = undefined;
      await read({ limit: FIRST_EVENTS }, (page) => {
        held.beginAtEnd(page);
        held.addLive(stream.recent.events.filter(matches));
      });
      return;
    }
    paused.value = "reading";
    const after = place === "start" ? 0 : Math.max(0, place.event - 1);
    await read({ after, order: "oldest", limit: FIRST_EVENTS }, (page) => held.beginAfter(page, after));
    if (after > 0) reachOlder();
  }

  function reachOlder(): void {
    const { older } = held;
    if (older === undefined || isLoading.value) return;
    void read({ before: older, limit: PAGE_EVENTS }, (page) => {
      held.addOlder(page);
      // A page of nothing is not the end.
      if (page.events.length === 0) queueMicrotask(reachOlder);
    });
  }

  function reachNewer(): void {
    const { newer } = held;
    if (newer === undefined || isLoading.value) return;
    void read({ after: newer, order: "oldest", limit: PAGE_EVENTS }, (page) => {
      held.addNewer(page);
      if (held.newer === undefined) {
        newCount.value = 0;
        if (filter.value.text === "") held.addLive(stream.recent.events.filter(matches));
      } else if (page.events.length === 0) queueMicrotask(reachNewer);
    });
  }

  function pause(reason: PauseReason): void {
    paused.value = reason;
  }

  function follow(): void {
    const last = held.last?.id ?? 0;
    const isNear = held.newer === undefined && filter.value.text === "" && stream.recent.covers(last);
    if (!isNear) {
      void go("end");
      return;
    }
    paused.value = undefined;
    newCount.value = 0;
    held.addLive(stream.recent.events.filter(matches));
    show();
  }

  /** New events that hold the words, which only the store can tell. */
  async function lookForText(): Promise<void> {
    if (held.newer !== undefined || !isLoaded.value || filter.value.text === "") return;
    const after = held.last?.id ?? 0;
    if (paused.value) {
      const { signal } = current;
      const page = await fetchEvents(
        filter.value,
        { after, order: "oldest", limit: PAGE_EVENTS },
        signal,
      ).catch(() => undefined);
      if (page && !signal.aborted) newCount.value = page.events.length;
    } else await read({ after, order: "oldest", limit: PAGE_EVENTS }, (page) => held.addNewer(page));
  }
  const textLook = coalesce(lookForText, TEXT_DELAY_MS);

  stream.listen({
    added(events) {
      if (filter.value.text !== "") {
        textLook.ask();
        clearTimeout(lateLook);
        lateLook = setTimeout(textLook.ask, TEXT_DEADLINE_MS);
        return;
      }
      const wanted = events.filter(matches);
      if (wanted.length === 0 || !isLoaded.value) return;
      if (paused.value || held.newer !== undefined) newCount.value += wanted.length;
      else if (held.addLive(wanted) > 0) show();
    },
    updated(event) {
      if (held.replace(event)) show();
    },
    renewed() {
      if (isLoaded.value) void catchUp();
      else isBehind = true;
    },
  });

  /** What came while nobody listened is read; a reader's place stays, unless the store is another one. */
  async function catchUp(): Promise<void> {
    isBehind = false;
    const { last } = held;
    const { signal } = current;
    if (!last) return go("end");
    const page = await fetchEvents(
      filter.value,
      { after: last.id - 1, order: "oldest", limit: PAGE_EVENTS },
      signal,
    ).catch(() => undefined);
    if (!page || signal.aborted) return;
    const [again, ...fresh] = page.events;
    if (again?.event_id !== last.event_id) return go("end");
    if (paused.value || held.newer !== undefined) {
      newCount.value = fresh.length;
      if (fresh.length > 0) held.newer ??= last.id;
    } else if (page.next !== undefined) return go("end");
    else {
      held.addLive(fresh);
      if (filter.value.text === "") held.addLive(stream.recent.events.filter(matches));
    }
    show();
  }

  watch(
    filter,
    (now, before) => {
      if (before && sameFilter(now, before)) return;
      matches = matcher(now, parentOf);
      isLoaded.value = rows.value.length > 0;
      void go(before ? "end" : begin());
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    current.abort();
    textLook.cancel();
    clearTimeout(lateLook);
  });

  return {
    rows: shallowReadonly(rows),
    paused: shallowReadonly(paused),
    newCount: shallowReadonly(newCount),
    hasOlder: shallowReadonly(hasOlder),
    hasNewer: shallowReadonly(hasNewer),
    isLoading: shallowReadonly(isLoading),
    isLoaded: shallowReadonly(isLoaded),
    error: shallowReadonly(error),
    pause,
    follow,
    reachOlder: () => (again && error.value ? again() : reachOlder()),
    reachNewer,
    go,
  };
}

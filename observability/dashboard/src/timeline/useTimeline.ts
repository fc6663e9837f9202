import { type ComputedRef, computed, type Ref, shallowRef, watch } from "vue";
import type { LogView } from "../live/useStream";
import { type EventFilter, matcher } from "./filter";
import { type Row, rowsOf } from "./rows";

/** Why the timeline stands still: someone pressed pause, or is reading further up. */
export type PauseReason = "button" | "reading";

export interface Timeline {
  rows: ComputedRef<readonly Row[]>;
  /** How many events are shown. */
  shown: ComputedRef<number>;
  /** Why it stands still; undefined while it follows. */
  paused: Readonly<Ref<PauseReason | undefined>>;
  /** Matching events that came since it was paused. */
  newCount: ComputedRef<number>;
  pause: (reason: PauseReason) => void;
  follow: () => void;
}

/** The events to show. While paused they stand still, so that nothing moves under a reader's eyes. */
export function useTimeline(log: Readonly<Ref<LogView>>, filter: Readonly<Ref<EventFilter>>): Timeline {
  const paused = shallowRef<PauseReason>();
  const frozen = shallowRef<LogView>();

  const matches = computed(() => matcher(filter.value));
  const view = computed(() => frozen.value ?? log.value);
  const events = computed(() => view.value.events.filter(matches.value));
  const rows = computed(() => rowsOf(events.value, view.value.gaps));

  const newCount = computed(() => {
    if (!frozen.value) return 0;
    const newest = log.value.events.at(-1)?.id ?? 0;
    const last = frozen.value.events.at(-1)?.id ?? 0;
    // Ids that fell back are those of a store that was started afresh.
    const lastId = last > newest ? 0 : last;
    return log.value.events.filter((event) => event.id > lastId && matches.value(event)).length;
  });

  function pause(reason: PauseReason): void {
    paused.value = reason;
    frozen.value ??= { ...log.value, events: [...log.value.events] };
  }

  function follow(): void {
    paused.value = undefined;
    frozen.value = undefined;
  }

  // Another session is another thing to look at.
  watch(() => filter.value.sessionId, follow);

  return { rows, shown: computed(() => events.value.length), paused, newCount, pause, follow };
}

import { useRafFn } from "@vueuse/core";
import { computed, type Ref, shallowRef, watch } from "vue";
import { fetchSessionAt } from "../api/sessions";
import type { SessionAt, SessionView } from "../generated/types";
import { type Resource, useResource } from "../live/useResource";
import { usePageQuery } from "../route/usePageQuery";
import { advanced, fittingSpeed, type Speed } from "./player";

export interface Replay {
  /** The time that is shown, in milliseconds since 1970. */
  at: Ref<number>;
  start: Ref<number>;
  end: Ref<number>;
  isPlaying: Ref<boolean>;
  speed: Ref<Speed>;
  /** How the session stood then. */
  then: Resource<SessionAt>;
  toggle: () => void;
  seek: (timeMs: number) => void;
}

/** Looks back at a session; the time stands in the address. */
export function useReplay(view: Readonly<Ref<SessionView | undefined>>): Replay {
  const { query, adjust } = usePageQuery();
  const start = computed(() => view.value?.session.first_event_at ?? 0);
  const end = computed(() => {
    const ends = [view.value?.session, ...(view.value?.descendants.map((one) => one.session) ?? [])].map(
      (one) => one?.last_event_at ?? 0,
    );
    return Math.max(start.value + 1, ...ends);
  });
  const at = shallowRef(query.value.at ?? end.value);
  const isPlaying = shallowRef(false);
  const speed = shallowRef<Speed>(fittingSpeed(end.value - start.value));

  const then = useResource((signal) =>
    fetchSessionAt(view.value?.session.session_id ?? "", at.value, signal),
  );
  watch(at, then.ask, { immediate: true });

  const frames = useRafFn(
    ({ delta }) => {
      at.value = advanced(at.value, delta, speed.value, end.value);
      if (at.value >= end.value) stop();
    },
    { immediate: false, fpsLimit: 20 },
  );

  function stop(): void {
    frames.pause();
    isPlaying.value = false;
    adjust({ at: Math.round(at.value) });
  }

  function toggle(): void {
    if (isPlaying.value) {
      stop();
      return;
    }
    if (at.value >= end.value) at.value = start.value;
    isPlaying.value = true;
    frames.resume();
  }

  function seek(timeMs: number): void {
    at.value = Math.min(end.value, Math.max(start.value, timeMs));
    adjust({ at: Math.round(at.value) });
  }

  return { at, start, end, isPlaying, speed, then, toggle, seek };
}

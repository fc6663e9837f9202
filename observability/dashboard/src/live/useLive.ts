import { type ComputedRef, computed, type InjectionKey, inject, provide, type Ref, watch } from "vue";
import { fetchHealth } from "../api/health";
import { fetchPlans } from "../api/plans";
import { fetchSessions } from "../api/sessions";
import { touchesPlans } from "../events/kinds";
import type { Plan, SessionSummary, SidecarInfo } from "../generated/types";
import { type Resource, useResource } from "./useResource";
import { type Stream, useStream } from "./useStream";

/** Everything that the page knows of the sidecar, kept up to date. */
export interface Live {
  stream: Stream;
  sessions: Resource<SessionSummary[]>;
  /** The plans of the chosen session. */
  plans: Resource<Plan[]>;
  sidecar: Resource<SidecarInfo>;
  /** The chosen session, once it is known. */
  session: ComputedRef<SessionSummary | undefined>;
}

const KEY: InjectionKey<Live> = Symbol("live");

/** Starts following the sidecar, for the component that calls it and all below. */
export function provideLive(sessionId: Readonly<Ref<string | undefined>>): Live {
  const sessions = useResource(fetchSessions);
  const sidecar = useResource(fetchHealth);
  const plans = useResource(async (signal) => (sessionId.value ? fetchPlans(sessionId.value, signal) : []));

  const stream = useStream({
    added(events) {
      sessions.ask();
      const isTouched = events.some(
        (event) => event.session_id === sessionId.value && touchesPlans(event.hook_event_type),
      );
      if (isTouched) plans.ask();
    },
    opened() {
      void sessions.refresh();
      void plans.refresh();
      void sidecar.refresh();
    },
  });

  void sessions.refresh();
  watch(
    sessionId,
    () => {
      plans.reset();
      void plans.refresh();
    },
    { immediate: true },
  );

  const session = computed(() => sessions.data.value?.find((one) => one.session_id === sessionId.value));
  const live: Live = { stream, sessions, plans, sidecar, session };
  provide(KEY, live);
  return live;
}

export function useLive(): Live {
  const live = inject(KEY);
  if (!live) throw new Error("nothing live above this component");
  return live;
}

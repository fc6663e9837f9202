import { type ComputedRef, computed, type InjectionKey, inject, provide, watch } from "vue";
import { checkToken } from "../api/access";
import { fetchWaitingAsks } from "../api/asks";
import { fetchInfo } from "../api/health";
import { fetchSessions } from "../api/sessions";
import { touchesAsks } from "../events/kinds";
import type { Ask, SessionSummary, SidecarInfo } from "../generated/types";
import { type Resource, useResource } from "./useResource";
import { type Stream, useStream } from "./useStream";

/** Everything that the whole page knows of the sidecar, kept up to date. */
export interface Live {
  stream: Stream;
  sessions: Resource<SessionSummary[]>;
  /** What waits for a person's answer. */
  asks: Resource<Ask[]>;
  sidecar: Resource<SidecarInfo>;
  /** The parent of a session, when it is known and has one. */
  parentOf: (session: string) => string | undefined;
  sessionOf: (id: string | undefined) => SessionSummary | undefined;
  /** True once it is known that there is nothing at all. */
  isEmpty: ComputedRef<boolean>;
}

const KEY: InjectionKey<Live> = Symbol("live");

/** Starts following the sidecar, for the component that calls it and all below. */
export function provideLive(): Live {
  const stream = useStream();
  const sessions = useResource(fetchSessions);
  const sidecar = useResource(fetchInfo);
  const asks = useResource(fetchWaitingAsks);
  const byId = computed(() => new Map((sessions.data.value ?? []).map((one) => [one.session_id, one])));

  stream.listen({
    renewed(isBeginning) {
      // What happened before the stream began, and after the first look.
      if (isBeginning) for (const one of [sessions, asks]) one.ask();
    },
    added(events) {
      sessions.ask();
      // While something waits, anything may end the wait.
      if (asks.data.value?.length || events.some((event) => touchesAsks(event.hook_event_type))) asks.ask();
    },
  });
  let isFirst = true;
  watch(stream.connection, (connection) => {
    if (connection.kind !== "live") return;
    // Anything may have changed during a break, the sidecar itself included; what is read now is not read twice.
    if (!isFirst) for (const one of [sessions, asks]) void one.refresh();
    isFirst = false;
    void sidecar.refresh();
    void checkToken();
  });
  for (const one of [sessions, asks]) void one.refresh();

  const live: Live = {
    stream,
    sessions,
    asks,
    sidecar,
    parentOf: (session) => byId.value.get(session)?.parent_id,
    sessionOf: (id) => (id === undefined ? undefined : byId.value.get(id)),
    isEmpty: computed(() => sessions.data.value?.length === 0),
  };
  provide(KEY, live);
  return live;
}

export function useLive(): Live {
  const live = inject(KEY);
  if (!live) throw new Error("nothing live above this component");
  return live;
}

import {
  type ComputedRef,
  computed,
  type InjectionKey,
  inject,
  onScopeDispose,
  provide,
  type Ref,
  watch,
} from "vue";
import { fetchAsksOf } from "../api/asks";
import { fetchSession } from "../api/sessions";
import { fetchTasks } from "../api/tasks";
import { touchesAsks } from "../events/kinds";
import type { Ask, Plan, SessionView, TaskView } from "../generated/types";
import { useLive } from "../live/useLive";
import { type Resource, useResource } from "../live/useResource";
import { ANY_EVENT, matcher } from "../timeline/filter";

/** The session that is looked at, with its descendants, kept up to date. */
export interface SessionState {
  view: Resource<SessionView>;
  /** The chosen plan, or the newest. */
  plan: ComputedRef<Plan | undefined>;
  /** Its tasks with their attempts and what they wait for. */
  tasks: Resource<TaskView[]>;
  /** What its agents ask and asked. */
  asks: Resource<Ask[]>;
  /** Reads all of it again soon, after an act. */
  ask: () => void;
}

const KEY: InjectionKey<SessionState> = Symbol("session");

/** Follows one session, for the component that calls it and all below. */
export function provideSession(
  id: Readonly<Ref<string | undefined>>,
  planId: Readonly<Ref<string | undefined>>,
): SessionState {
  const { stream, parentOf } = useLive();
  const nobody = () => Promise.reject(new Error("no session"));
  const view = useResource((signal) => (id.value ? fetchSession(id.value, signal) : nobody()));
  const asks = useResource((signal) => (id.value ? fetchAsksOf(id.value, signal) : nobody()));
  const plan = computed(() => {
    const plans = view.data.value?.plans ?? [];
    return plans.find((one) => one.plan_id === planId.value) ?? plans[0];
  });
  const tasks = useResource(async (signal) => (plan.value ? fetchTasks(plan.value.plan_id, signal) : []));

  let isMine = matcher({ ...ANY_EVENT, subtree: id.value }, parentOf);
  watch(
    id,
    (now) => {
      isMine = matcher({ ...ANY_EVENT, subtree: now }, parentOf);
      for (const one of [view, asks, tasks]) one.reset();
      if (!now) return;
      void view.refresh();
      void asks.refresh();
    },
    { immediate: true },
  );
  watch(
    () => plan.value?.plan_id,
    (now) => {
      tasks.reset();
      if (now) void tasks.refresh();
    },
  );

  function ask(): void {
    if (!id.value) return;
    view.ask();
    if (plan.value) tasks.ask();
  }

  stream.listen({
    added(events) {
      if (!id.value) return;
      const own = events.filter(isMine);
      if (own.length > 0) ask();
      if (own.some((event) => touchesAsks(event.hook_event_type))) asks.ask();
    },
    renewed() {
      ask();
      if (id.value) asks.ask();
    },
  });
  onScopeDispose(() => view.reset());

  const state: SessionState = { view, plan, tasks, asks, ask };
  provide(KEY, state);
  return state;
}

export function useSession(): SessionState {
  const state = inject(KEY);
  if (!state) throw new Error("no session above this component");
  return state;
}

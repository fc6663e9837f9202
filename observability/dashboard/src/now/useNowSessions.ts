import { onScopeDispose, type ShallowRef, shallowReadonly, shallowRef, watch } from "vue";
import { fetchSession } from "../api/sessions";
import { NOTHING_USED } from "../format/usage";
import type { SessionSummary, SessionView } from "../generated/types";
import { afterPaint } from "../live/afterPaint";
import { coalesce } from "../live/coalesce";
import { useLive } from "../live/useLive";

/** So many sessions are followed closely; more nobody takes in at a glance. */
const MOST_SESSIONS = 12;
/** Between two looks at sessions in which something happened, in milliseconds. */
const LOOK_MS = 400;
/** A session that went idle is still of now for so long, in milliseconds. */
const FRESH_MS = 30 * 60_000;

/** The sessions of now: those at work first, then those that have just stopped. */
export function sessionsOfNow(sessions: readonly SessionSummary[], nowMs: number): SessionSummary[] {
  const known = new Set(sessions.map((one) => one.session_id));
  const roots = sessions.filter((one) => one.parent_id === undefined || !known.has(one.parent_id));
  const busy = new Set(sessions.filter((one) => one.state === "active").map((one) => rootOf(one, sessions)));
  const isBusy = (one: SessionSummary) => busy.has(one.session_id);
  const isFresh = (one: SessionSummary) => one.state !== "ended" && nowMs - one.last_event_at < FRESH_MS;
  return [...roots.filter(isBusy), ...roots.filter((one) => !isBusy(one) && isFresh(one))].slice(
    0,
    MOST_SESSIONS,
  );
}

/** A session as far as the list tells of it. */
function bareView(session: SessionSummary, sessions: readonly SessionSummary[]): SessionView {
  const children = sessions.filter((one) => one.parent_id === session.session_id);
  return {
    session,
    descendants: children.map((child) => ({ session: child, depth: 1, usage: NOTHING_USED })),
    more_descendants: false,
    plans: [],
    spans: [],
    more_spans: false,
    usage: {
      own: NOTHING_USED,
      inclusive: NOTHING_USED,
      planning: NOTHING_USED,
      by_model: [],
      by_agent: [],
      by_task: [],
    },
  };
}

function rootOf(session: SessionSummary, sessions: readonly SessionSummary[]): string {
  const byId = new Map(sessions.map((one) => [one.session_id, one]));
  let at = session;
  for (let depth = 0; depth < 64; depth++) {
    const parent = at.parent_id === undefined ? undefined : byId.get(at.parent_id);
    if (!parent) break;
    at = parent;
  }
  return at.session_id;
}

/** The sessions of now with all that is known of them, read again when something happens in them. */
export function useNowSessions(): Readonly<ShallowRef<readonly SessionView[] | undefined>> {
  const { sessions, stream, parentOf } = useLive();
  const views = shallowRef<readonly SessionView[]>();
  const byId = new Map<string, SessionView>();
  const stale = new Set<string>();
  const life = new AbortController();

  async function readNow(): Promise<void> {
    const wanted = sessionsOfNow(sessions.data.value ?? [], Date.now());
    const ids = new Set(wanted.map((one) => one.session_id));
    for (const id of byId.keys()) if (!ids.has(id)) byId.delete(id);
    const missing = [...ids].filter((id) => stale.has(id) || !byId.has(id));
    stale.clear();
    await Promise.all(
      missing.map(async (id) => {
        const view = await fetchSession(id, life.signal).catch(() => undefined);
        if (view) byId.set(id, view);
      }),
    );
    if (!life.signal.aborted) views.value = wanted.flatMap((one) => byId.get(one.session_id) ?? []);
  }
  const look = coalesce(readNow, LOOK_MS);

  function touch(session: string): void {
    let at: string | undefined = session;
    for (let depth = 0; at !== undefined && depth < 64; depth++) {
      stale.add(at);
      at = parentOf(at);
    }
  }

  watch(
    sessions.data,
    (list) => {
      if (!list) return;
      if (views.value) {
        look.ask();
        return;
      }
      // What the page opens with does not wait for the rest.
      views.value = sessionsOfNow(list, Date.now()).map((one) => bareView(one, list));
      void afterPaint().then(readNow);
    },
    { immediate: true },
  );
  stream.listen({
    added(events) {
      for (const event of events) touch(event.session_id);
      look.ask();
    },
    renewed(isFirst) {
      if (isFirst) return;
      for (const id of byId.keys()) stale.add(id);
      look.ask();
    },
  });
  onScopeDispose(() => {
    life.abort();
    look.cancel();
  });
  return shallowReadonly(views);
}

import { onScopeDispose, type ShallowRef, shallowRef } from "vue";
import { ApiError } from "../api/http";
import { coalesce } from "./coalesce";

/** How soon after an event what it touches is read again, in milliseconds; many events are one reading. */
export const REFETCH_DELAY_MS = 150;
/** Where readings take long, the pauses between them do too: so many times as long. */
const PAUSE_TIMES = 4;
const MOST_PAUSE_MS = 2_000;

export interface Resource<T> {
  /** What was last read; undefined until then. */
  data: Readonly<ShallowRef<T | undefined>>;
  /** Why the last reading failed; what was read before stays. */
  error: Readonly<ShallowRef<string | undefined>>;
  /** True where the sidecar does not know what is asked for: it is older than this page. */
  isTooOld: Readonly<ShallowRef<boolean>>;
  /** Reads now. */
  refresh: () => Promise<void>;
  /** Reads soon, once for many asks. */
  ask: () => void;
  /** Forgets everything, for when another thing is to be read. */
  reset: () => void;
}

/** Something of the sidecar's that is read again and again. An answer that was overtaken is dropped. */
export function useResource<T>(read: (signal: AbortSignal) => Promise<T>): Resource<T> {
  const data = shallowRef<T>();
  const error = shallowRef<string>();
  const isTooOld = shallowRef(false);
  let current = new AbortController();

  async function refresh(): Promise<void> {
    current.abort();
    const own = new AbortController();
    current = own;
    try {
      const fresh = await read(own.signal);
      if (own.signal.aborted) return;
      data.value = fresh;
      error.value = undefined;
      isTooOld.value = false;
    } catch (cause) {
      if (own.signal.aborted) return;
      isTooOld.value = cause instanceof ApiError && cause.isTooOld;
      error.value = cause instanceof ApiError ? cause.message : "Something went wrong while reading.";
    }
  }

  async function refreshAndRest(): Promise<void> {
    const began = performance.now();
    await refresh();
    await pause(Math.min(PAUSE_TIMES * (performance.now() - began), MOST_PAUSE_MS));
  }

  const soon = coalesce(refreshAndRest, REFETCH_DELAY_MS);

  function reset(): void {
    soon.cancel();
    current.abort();
    data.value = undefined;
    error.value = undefined;
    isTooOld.value = false;
  }

  onScopeDispose(reset);
  return { data, error, isTooOld, refresh, ask: soon.ask, reset };
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

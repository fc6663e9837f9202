import { onScopeDispose, type ShallowRef, shallowRef } from "vue";
import { ApiError } from "../api/http";
import { coalesce } from "./coalesce";

/** How soon after an event what it touches is read again, in milliseconds; many events are one reading. */
export const REFETCH_DELAY_MS = 100;

export interface Resource<T> {
  /** What was last read; undefined until then. */
  data: Readonly<ShallowRef<T | undefined>>;
  /** Why the last reading failed; what was read before stays. */
  error: Readonly<ShallowRef<string | undefined>>;
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
    } catch (cause) {
      if (own.signal.aborted) return;
      error.value = cause instanceof ApiError ? cause.message : "Something went wrong while reading.";
    }
  }

  const soon = coalesce(refresh, REFETCH_DELAY_MS);

  function reset(): void {
    soon.cancel();
    current.abort();
    data.value = undefined;
    error.value = undefined;
  }

  onScopeDispose(reset);
  return { data, error, refresh, ask: soon.ask, reset };
}

import { createSharedComposable, useIntervalFn } from "@vueuse/core";
import { shallowReadonly, shallowRef } from "vue";

/** The time now in milliseconds since 1970, moving once a second; one for the whole page. */
export const useClock = createSharedComposable(() => {
  const now = shallowRef(Date.now());
  useIntervalFn(() => {
    now.value = Date.now();
  }, 1_000);
  return shallowReadonly(now);
});

import { useStorage } from "@vueuse/core";
import { type Ref, watchEffect } from "vue";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** The chosen theme, remembered by the browser; `system` follows the reader's settings. */
export function useTheme(): Ref<Theme> {
  const theme = useStorage<Theme>("rozet-theme", "system");
  watchEffect(() => {
    const root = document.documentElement;
    if (theme.value === "light" || theme.value === "dark") root.dataset.theme = theme.value;
    else delete root.dataset.theme;
  });
  return theme;
}

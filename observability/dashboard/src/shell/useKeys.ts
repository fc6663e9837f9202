import { useEventListener } from "@vueuse/core";
import { type Ref, ref } from "vue";
import type { PageRoute } from "../route/usePageQuery";
import { VIEW_KEYS } from "./keys";

/** The second key of a pair comes within this time, in milliseconds. */
const PAIR_MS = 1_200;

/** Listens for the page's keys; a control with `data-key` is what its key presses. */
export function useKeys(route: PageRoute): { isHelpOpen: Ref<boolean> } {
  const isHelpOpen = ref(false);
  let pairUntil = 0;

  useEventListener(window, "keydown", (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target))
      return;
    const isSecond = event.timeStamp < pairUntil;
    pairUntil = 0;
    const view = isSecond ? VIEW_KEYS[event.key] : undefined;
    if (view) route.go({ view });
    else if (event.key === "g") pairUntil = event.timeStamp + PAIR_MS;
    else if (event.key === "?") isHelpOpen.value = true;
    else if (!press(event.key)) return;
    event.preventDefault();
  });

  function press(key: string): boolean {
    if (!/^[a-z/]$/.test(key)) return false;
    const control = document.querySelector<HTMLElement>(`[data-key="${key}"]`);
    if (control instanceof HTMLInputElement) control.focus();
    else if (control) control.click();
    else if (key === "/") route.go({ view: "search" });
    else return false;
    return true;
  }

  return { isHelpOpen };
}

function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("input, textarea, select, dialog *"))
  );
}

import { createSharedComposable, useStorage } from "@vueuse/core";
import { computed, shallowRef, watch } from "vue";
import { plainLine } from "../format/plain";
import type { Live } from "../live/useLive";
import type { PageRoute } from "../route/usePageQuery";

/** Whether the browser may notify, and whether the reader wants it. */
export const useNoticeSetting = createSharedComposable(() => {
  const isWanted = useStorage("rozet-notify", false);
  const permission = shallowRef<NotificationPermission | "unsupported">(
    "Notification" in window ? Notification.permission : "unsupported",
  );

  async function toggle(): Promise<void> {
    if (isWanted.value) {
      isWanted.value = false;
      return;
    }
    if (permission.value === "unsupported") return;
    if (permission.value !== "granted") permission.value = await Notification.requestPermission();
    isWanted.value = permission.value === "granted";
  }

  return { isOn: computed(() => isWanted.value && permission.value === "granted"), permission, toggle };
});

/** Tells the reader of what newly needs a person, where the browser may and the page is not looked at. */
export function useNotices(live: Live, route: PageRoute): void {
  const { isOn } = useNoticeSetting();
  const told = new Set<string>();
  let hasLooked = false;

  watch(live.asks.data, (asks) => {
    if (!asks) return;
    for (const ask of asks) {
      const isNew = !told.has(ask.ask_id);
      told.add(ask.ask_id);
      // What stood there when the page was opened is no news.
      if (!isNew || !hasLooked || !isOn.value || document.hasFocus()) continue;
      const what = ask.kind === "question" ? "asks a question" : `asks to use ${ask.permission ?? "a tool"}`;
      const notice = new Notification(`${plainLine(ask.agent ?? "An agent", 40)} ${what}`, {
        body: plainLine(ask.command ?? ask.path ?? ask.title, 200),
        tag: ask.ask_id,
      });
      notice.onclick = () => {
        window.focus();
        route.go({ view: "now" });
        notice.close();
      };
    }
    hasLooked = true;
  });
}

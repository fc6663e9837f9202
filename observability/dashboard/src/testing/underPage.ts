/** A component where a page would be: below the address, what is live, and the acts. */

import { vi } from "vitest";
import { type Component, defineComponent, h } from "vue";
import { provideActs } from "../acts/useActs";
import { provideLive } from "../live/useLive";
import { providePageQuery } from "../route/usePageQuery";
import { FakeSocket } from "./socket";

/** Wraps a component for mounting; nothing answers its requests. */
export function underPage(component: Component, props: Record<string, unknown>): Component {
  vi.stubGlobal("fetch", () => new Promise(() => {}));
  vi.stubGlobal("WebSocket", function open() {
    return FakeSocket.into([]);
  });
  return defineComponent({
    setup() {
      providePageQuery();
      provideActs(provideLive());
      return () => h(component, props);
    },
  });
}

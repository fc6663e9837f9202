import type { TuiPlugin, TuiPluginModule } from "@opencode-ai/plugin/tui";
import { effect } from "@opentui/solid";
import { createSignal, onCleanup } from "solid-js";
import { stateFolder } from "./folders.ts";
import type { LinkFrame, Plan } from "./generated/types.ts";
import { producerName } from "./producer.ts";
import { readSettings } from "./settings.ts";
import { Discovery } from "./sidecar/discovery.ts";
import { Link } from "./sidecar/link.ts";
import { newestPlan } from "./sidecar/plans.ts";
import { nextPlan } from "./tui/board.ts";
import { hideThinkingOnce } from "./tui/thinking.ts";
import { brand, planPanel, type ViewModel } from "./tui/views.ts";

const tui: TuiPlugin = async (api, options) => {
  const [connected, setConnected] = createSignal(false);
  const [address, setAddress] = createSignal("");
  const [plan, setPlan] = createSignal<Plan | undefined>();
  let sessionId: string | undefined;

  const take = (frame: LinkFrame) => void setPlan((shown) => nextPlan(shown, frame, sessionId));
  const discovery = new Discovery(stateFolder(process.env));
  const link = new Link(producerName("rozet-tui"), discovery, {
    frame: (frame) => {
      take(frame);
      if (frame.type === "resync" && sessionId !== undefined) {
        void newestPlan(discovery, sessionId).then((found) => found && take({ type: "plan", plan: found }));
      }
    },
    connected: (on) => {
      setAddress(discovery.find()?.url ?? "");
      setConnected(on);
    },
  });
  api.lifecycle.onDispose(() => link.close());

  const follow = (wanted: string | undefined) => {
    if (wanted === sessionId) return;
    sessionId = wanted;
    setPlan(undefined);
    link.follow(wanted);
  };

  const model: ViewModel = { theme: () => api.theme.current, connected, address, plan };
  api.slots.register({
    order: 60,
    slots: {
      home_bottom: () => brand(model) as never,
      sidebar_content: (_context, props) => {
        effect(() => follow(props.session_id));
        // The next session's sidebar may be there before this one goes.
        onCleanup(() => sessionId === props.session_id && follow(undefined));
        return planPanel(model) as never;
      },
    },
  });

  if (readSettings(options, process.env).core.thinking === "hide") hideThinkingOnce(api.kv);
  link.start();
};

const plugin: TuiPluginModule & { id: string } = { id: "rozet", tui };
export default plugin;

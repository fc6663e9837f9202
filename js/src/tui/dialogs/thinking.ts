import type { Terminal } from "../terminal.ts";
import { chooseThinking, type ThinkingMode, thinkingMode } from "../thinking.ts";

/** Shows and changes how this terminal shows the model's thinking. */
export function thinkingDialog({ api, journal, sessionId, settings, told }: Terminal): void {
  const current = thinkingMode(api.kv);
  const options: Array<{ title: string; value: ThinkingMode; description: string }> = [
    { title: "Hide", value: "hide", description: "a collapsed line for each thought" },
    { title: "Show", value: "show", description: "all that the provider sends" },
  ];
  api.ui.dialog.replace(() =>
    api.ui.DialogSelect<ThinkingMode>({
      title: `Thinking in this terminal · plugin setting: ${settings.core.thinking}`,
      skipFilter: true,
      options,
      current,
      onSelect: ({ value }) => {
        api.ui.dialog.clear();
        chooseThinking(api.kv, value);
        const session = sessionId();
        if (session !== undefined) journal.note(session, "thinking_set", { mode: value });
        told.now("info", value === "hide" ? "Thinking is hidden here." : "Thinking is shown here.");
      },
    }),
  );
}

/** What is needed of OpenCode's key-value store. */
export interface Store {
  get: <Value>(key: string, fallback?: Value) => Value;
  set: (key: string, value: unknown) => void;
}

/** How OpenCode's terminal shows thinking: a collapsed line, or all of it. */
export type ThinkingMode = "hide" | "show";

/** OpenCode's own key. */
const MODE = "thinking_mode";
/** The setting that was last brought into effect. */
const APPLIED = "rozet_thinking";
/** What an earlier version kept instead. */
const HID_ONCE = "rozet_hid_thinking";

/** Brings the plugin's setting into effect, once for each change of it: what the person chooses afterwards stays. */
export function applyThinking(store: Store, setting: string): void {
  const mode: ThinkingMode = setting === "show" ? "show" : "hide";
  const applied = store.get<unknown>(APPLIED) ?? (store.get(HID_ONCE, false) ? "hide" : undefined);
  if (applied === mode) return;
  store.set(MODE, mode);
  store.set(APPLIED, mode);
}

/** How thinking is shown now. */
export function thinkingMode(store: Store): ThinkingMode {
  return store.get<unknown>(MODE, "hide") === "show" ? "show" : "hide";
}

/** Shows or hides it, as the person chooses. */
export function chooseThinking(store: Store, mode: ThinkingMode): void {
  store.set(MODE, mode);
}

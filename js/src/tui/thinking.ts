/** What is needed of OpenCode's key-value store. */
export interface Store {
  get: <Value>(key: string, fallback?: Value) => Value;
  set: (key: string, value: unknown) => void;
}

const MODE = "thinking_mode";
const DONE = "rozet_hid_thinking";

/** Hides the model's thinking in the terminal, once: what the person chooses afterwards stays. */
export function hideThinkingOnce(store: Store): void {
  if (store.get(DONE, false)) return;
  store.set(MODE, "hide");
  store.set(DONE, true);
}

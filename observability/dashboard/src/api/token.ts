/** The token that lets this page act. `rozet-sidecar dashboard` hands it over in the address's fragment. */
import { shallowReadonly, shallowRef } from "vue";

const KEY = "rozet-token";

/** `none`: the page may only look. `held`: it was given a token and nobody has refused it. */
export type TokenState = "none" | "held" | "refused";

const state = shallowRef<TokenState>("none");
let token: string | undefined;

/** Whether the page has a token, for whoever shows or hides what needs one. */
export const tokenState = shallowReadonly(state);

/**
 * Takes the token out of the address at once, so that it stays in no history, and keeps it for this tab alone.
 * Without one in the address, the one that this tab was opened with goes on.
 */
export function takeToken(): void {
  const fragment = new URLSearchParams(window.location.hash.slice(1));
  const given = fragment.get("token");
  if (given) {
    fragment.delete("token");
    const rest = fragment.toString();
    const { pathname, search } = window.location;
    window.history.replaceState(window.history.state, "", `${pathname}${search}${rest && `#${rest}`}`);
    window.sessionStorage.setItem(KEY, given);
  }
  token = given ?? window.sessionStorage.getItem(KEY) ?? undefined;
  state.value = token ? "held" : "none";
}

export function heldToken(): string | undefined {
  return token;
}

/** Notes that the sidecar does not take the token: it is of another start, or was changed. */
export function refuseToken(): void {
  state.value = token ? "refused" : "none";
}

/** Notes that the sidecar takes the token. */
export function acceptToken(): void {
  if (token) state.value = "held";
}

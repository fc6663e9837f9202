import { afterEach, expect, it } from "vitest";
import { acceptToken, heldToken, refuseToken, takeToken, tokenState } from "./token";

afterEach(() => {
  window.sessionStorage.clear();
  window.history.replaceState(null, "", "/");
  takeToken();
});

it("is taken out of the address at once, and stays with the tab", () => {
  window.history.replaceState(null, "", "/?view=health#token=abc&x=1");
  takeToken();
  expect(window.location.href).not.toContain("abc");
  expect(window.location.search + window.location.hash).toBe("?view=health#x=1");
  expect([heldToken(), tokenState.value]).toEqual(["abc", "held"]);
  takeToken();
  expect(heldToken()).toBe("abc");
});

it("may be refused, and taken again", () => {
  expect(tokenState.value).toBe("none");
  refuseToken();
  expect(tokenState.value).toBe("none");
  window.history.replaceState(null, "", "/#token=abc");
  takeToken();
  refuseToken();
  expect(tokenState.value).toBe("refused");
  acceptToken();
  expect(tokenState.value).toBe("held");
});

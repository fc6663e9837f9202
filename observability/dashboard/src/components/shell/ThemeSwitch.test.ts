import { mount } from "@vue/test-utils";
import { afterEach, describe, expect, it } from "vitest";
import ThemeSwitch from "./ThemeSwitch.vue";

afterEach(() => {
  localStorage.clear();
  delete document.documentElement.dataset.theme;
});

describe("the theme", () => {
  it("follows the system until one is chosen, which is remembered", async () => {
    const themes = mount(ThemeSwitch);
    expect(document.documentElement.dataset.theme).toBeUndefined();
    await themes.get('input[value="dark"]').setValue();
    expect(document.documentElement.dataset.theme).toBe("dark");
    expect(localStorage.getItem("rozet-theme")).toBe("dark");
    await themes.get('input[value="system"]').setValue();
    expect(document.documentElement.dataset.theme).toBeUndefined();
  });

  it("takes nonsense in the memory for the system's", () => {
    localStorage.setItem("rozet-theme", "plaid");
    mount(ThemeSwitch);
    expect(document.documentElement.dataset.theme).toBeUndefined();
  });
});

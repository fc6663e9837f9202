import { describe, expect, it, vi } from "vitest";
import { shallowRef } from "vue";
import { eventsBetween } from "../testing/events";
import { indexOfRow, useRowKeys } from "./useRowKeys";

function strike(keys: ReturnType<typeof useRowKeys>, key: string, selector = "aria-expanded"): Promise<void> {
  const target = document.createElement("button");
  target.setAttribute(selector, "false");
  const event = new KeyboardEvent("keydown", { key, cancelable: true });
  Object.defineProperty(event, "target", { value: target });
  return Promise.resolve(keys.onKey(event));
}

describe("the rows' keys", () => {
  it("find a row by its id", () => {
    const rows = [{ id: 3 }, { id: 7 }, { id: 20 }];
    expect([3, 7, 20, 4, 99].map((id) => indexOfRow(rows, id))).toEqual([0, 1, 2, -1, -1]);
  });

  it("move from the row that was reached, also when others have come before it", async () => {
    let rows = eventsBetween(51, 60);
    const show = vi.fn();
    const reach = vi.fn(() => Promise.resolve());
    const keys = useRowKeys(shallowRef(null), { rows: () => rows, show, reach });
    await strike(keys, "ArrowUp");
    expect([keys.active.value, show.mock.lastCall]).toEqual([59, [8]]);
    rows = eventsBetween(1, 60);
    await strike(keys, "k");
    expect([keys.active.value, show.mock.lastCall]).toEqual([58, [57]]);
    await strike(keys, "PageUp");
    expect(keys.active.value).toBe(48);
    await strike(keys, "Home");
    expect([keys.active.value, reach.mock.lastCall]).toEqual([1, ["start"]]);
  });

  it("leave other keys, and keys elsewhere, alone", async () => {
    const show = vi.fn();
    const keys = useRowKeys(shallowRef(null), {
      rows: () => eventsBetween(1, 5),
      show,
      reach: () => Promise.resolve(),
    });
    await strike(keys, "x");
    await strike(keys, "ArrowUp", "data-other");
    expect(show).not.toHaveBeenCalled();
  });
});

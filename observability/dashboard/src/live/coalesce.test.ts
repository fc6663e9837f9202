import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { coalesce } from "./coalesce";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("coalesced work", () => {
  it("runs once for many asks", async () => {
    const work = vi.fn(async () => {});
    const { ask } = coalesce(work, 100);
    for (let i = 0; i < 50; i++) ask();
    await vi.advanceTimersByTimeAsync(99);
    expect(work).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(work).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(work).toHaveBeenCalledTimes(1);
  });

  it("runs once more for asks during a run, and never twice at a time", async () => {
    let running = 0;
    let most = 0;
    const work = vi.fn(async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((done) => setTimeout(done, 500));
      running -= 1;
    });
    const { ask } = coalesce(work, 100);
    ask();
    await vi.advanceTimersByTimeAsync(200);
    ask();
    ask();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(work).toHaveBeenCalledTimes(2);
    expect(most).toBe(1);
  });

  it("can be cancelled before it begins", async () => {
    const work = vi.fn(async () => {});
    const { ask, cancel } = coalesce(work, 100);
    ask();
    cancel();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(work).not.toHaveBeenCalled();
    ask();
    await vi.advanceTimersByTimeAsync(100);
    expect(work).toHaveBeenCalledTimes(1);
  });
});

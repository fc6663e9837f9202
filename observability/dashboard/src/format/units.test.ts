import { describe, expect, it } from "vitest";
import {
  byteSize,
  clockTime,
  compactCount,
  count,
  counted,
  dollars,
  duration,
  elapsedTime,
  exactTime,
  localInputTime,
  relativeTime,
  shortId,
  shortPath,
  timeOfInput,
} from "./units";

const now = Date.UTC(2026, 10, 22, 12, 0, 0);

describe("times", () => {
  it.each([
    [0, "just now"],
    [4_999, "just now"],
    [5_000, "5 s ago"],
    [59_999, "59 s ago"],
    [60_000, "1 min ago"],
    [3_599_999, "59 min ago"],
    [3_600_000, "1 h ago"],
    [86_400_000, "1 d ago"],
    [29 * 86_400_000, "29 d ago"],
    [-90_000, "in 1 min"],
  ])("%d ms before now is %s", (distance, said) => {
    expect(relativeTime(now - distance, now)).toBe(said);
  });

  it("says for how long", () => {
    expect(elapsedTime(now - 190_000, now)).toBe("3 min");
    expect(elapsedTime(now + 9_000, now)).toBe("0 s");
    expect(elapsedTime(Number.NaN, now)).toBe("an unknown time");
  });

  it("gives a date where days would be hard to count", () => {
    expect(relativeTime(now - 60 * 86_400_000, now)).toMatch(/^2026-09-2\d$/);
  });

  it("is exact to the millisecond and names the offset", () => {
    expect(exactTime(now + 7)).toMatch(/^2026-11-2\d \d\d:\d\d:00\.007 [+-]\d\d:\d\d$/);
    expect(clockTime(now)).toMatch(/^\d\d:\d\d:00$/);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1e300])("says when %d is no time", (ms) => {
    expect(relativeTime(ms, now)).toBe("at an unknown time");
    expect(exactTime(ms)).toBe("at an unknown time");
    expect(clockTime(ms)).toBe("--:--:--");
  });
});

describe("durations, in milliseconds", () => {
  it.each([
    [0, "under 1 ms"],
    [0.04, "under 0.1 ms"],
    [0.42, "0.4 ms"],
    [840, "840 ms"],
    [999.6, "1.0 s"],
    [4_240, "4.2 s"],
    [59_949, "59.9 s"],
    [59_960, "1 min"],
    [192_000, "3 min 12 s"],
    [3_600_000, "1 h"],
    [7_500_000, "2 h 5 min"],
    [100 * 3_600_000, "4 d 4 h"],
    [-1, "unknown"],
    [Number.NaN, "unknown"],
  ])("%d is %s", (ms, said) => {
    expect(duration(ms)).toBe(said);
  });
});

describe("amounts", () => {
  it("groups, counts and shortens", () => {
    expect(count(12345.4)).toBe("12,345");
    expect(counted(1, "event")).toBe("1 event");
    expect(counted(0, "event")).toBe("0 events");
    expect(counted(2, "reply", "replies")).toBe("2 replies");
    expect([950, 1_234, 12_345, 123_456, 999_600, 4_560_000].map(compactCount)).toEqual([
      "950",
      "1.23k",
      "12.3k",
      "123k",
      "1.00M",
      "4.56M",
    ]);
    expect([0, 1.2, 0.0042, 0.00001].map(dollars)).toEqual(["$0.00", "$1.20", "$0.0042", "under $0.0001"]);
  });

  it("shortens paths and ids to what tells them apart", () => {
    expect(shortPath("/home/ada/work/shop")).toBe("…/work/shop");
    expect(shortPath("/tmp")).toBe("/tmp");
    expect(shortPath("C:\\Users\\ada\\shop")).toBe("…/ada/shop");
    expect(shortId("ses_1")).toBe("ses_1");
    expect(shortId("ses_0123456789abcdef")).toBe("ses_01234567…");
  });
});

describe("sizes", () => {
  it.each([
    [0, "0 bytes"],
    [1, "1 byte"],
    [999, "999 bytes"],
    [1_200, "1.2 kB"],
    [34_000_000, "34 MB"],
    [999_600, "1.0 MB"],
    [2_147_483_648, "2.1 GB"],
    [Number.NaN, "unknown"],
  ])("%i bytes read %s", (bytes, said) => {
    expect(byteSize(bytes)).toBe(said);
  });
});

describe("an input of a time", () => {
  it("says the time that it was given, to the second", () => {
    const ms = 1_800_000_000_000;
    expect(timeOfInput(localInputTime(ms))).toBe(ms);
    expect(localInputTime(undefined)).toBe("");
    expect(timeOfInput("")).toBeUndefined();
    expect(timeOfInput("nonsense")).toBeUndefined();
  });
});

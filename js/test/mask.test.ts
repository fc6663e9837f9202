import { expect, test } from "bun:test";
import { Mask } from "../src/delivery/mask.ts";
import type { Event } from "../src/generated/types.ts";
import { event } from "./support/core.ts";

function masked(payload: Record<string, unknown>, ...secrets: string[]): Event {
  return JSON.parse(new Mask(secrets).line(event("p", 1, "Notification", payload))) as Event;
}

test("known values go wherever they stand, and nothing else", () => {
  const payload = {
    text: "use abc123def now",
    deep: [{ abc123def: "x" }, 7, null],
    other: "abc123",
    quoted: '{"key":"a\\"b12345"}',
  };
  expect(masked(payload, "abc123def", 'a"b12345').payload).toEqual({
    text: "use [redacted:known] now",
    deep: [{ "[redacted:known]": "x" }, 7, null],
    other: "abc123",
    quoted: '{"key":"[redacted:known]"}',
  });
});

test("the longer of two goes first, and escapes stay whole", () => {
  expect(masked({ text: "abc12345 abc123" }, "abc123", "abc12345").payload).toEqual({
    text: "[redacted:known] [redacted:known]",
  });
  expect(masked({ text: "a line\nn12345" }, "n12345").payload).toEqual({ text: "a line\n[redacted:known]" });
  expect(masked({ text: "a line\n12345x" }, "n12345x").payload).toEqual({ text: "a line\n12345x" });
});

test("ids stay", () => {
  expect(masked({ text: "p.1" }, "p.1")).toMatchObject({
    event_id: "p.1",
    payload: { text: "[redacted:known]" },
  });
});

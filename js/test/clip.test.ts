import { expect, test } from "bun:test";
import { clip, clipRecord, MAX_ARG, MAX_OUTPUT } from "../src/host/clip.ts";

test("short texts stay, long ones keep head and tail", () => {
  expect(clip("abc", 10)).toBe("abc");
  const long = `HEAD${"x".repeat(MAX_OUTPUT)}TAIL`;
  const cut = clip(long, MAX_OUTPUT);
  expect(cut.startsWith("HEAD")).toBe(true);
  expect(cut.endsWith("TAIL")).toBe(true);
  expect(cut).toContain("8 characters left out");
  expect(cut.length).toBeLessThan(MAX_OUTPUT + 60);
});

test("arguments are copied, long strings in them cut", () => {
  const args = { filePath: "a.py", content: "y".repeat(MAX_ARG * 2), deep: { list: [1, "a", null, true] } };
  const copy = clipRecord(args);
  expect(copy.filePath).toBe("a.py");
  expect((copy.content as string).length).toBeLessThan(MAX_ARG + 60);
  expect(copy.deep).toEqual({ list: [1, "a", null, true] });
  expect(args.content.length).toBe(MAX_ARG * 2);
});

test("what JSON has no word for is left out, and cycles end", () => {
  const args: Record<string, unknown> = { run: () => 1, big: 10n, gone: undefined, sign: Symbol("s") };
  args.self = args;
  const json = JSON.stringify(clipRecord(args));
  expect(JSON.parse(json).big).toBe("10");
  expect(json).not.toContain("run");
  expect(json.length).toBeLessThan(1_000);
});

test("many values and many long strings stay bounded", () => {
  const wide = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, i]));
  expect(Object.keys(clipRecord(wide)).length).toBeLessThanOrEqual(5_000);
  const heavy = { list: Array.from({ length: 200 }, () => "z".repeat(MAX_ARG)) };
  expect(JSON.stringify(clipRecord(heavy)).length).toBeLessThan(100 * 1024);
});

test("__proto__ is a key like any other", () => {
  const copy = clipRecord(JSON.parse('{"__proto__":{"polluted":true}}'));
  expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
  expect(JSON.stringify(copy)).toBe('{"__proto__":{"polluted":true}}');
});

test.each([[null], [undefined], ["text"], [[1, 2]], [7]])("%p is no record", (value) => {
  expect(clipRecord(value)).toEqual({});
});

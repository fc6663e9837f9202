import { expect, test } from "bun:test";
import { encode } from "../src/core/json.ts";

/** Rust's rule: no escape may name half of a pair. */
function refusedByRust(json: string): boolean {
  return /(?<!\\)(?:\\\\)*\\ud[89a-f]/i.test(json);
}

test.each([
  ["a lone high surrogate", "a\ud83db", "a\ufffdb"],
  ["a lone low surrogate", "\udc00", "\ufffd"],
  ["halves in the wrong order", "\udc00\ud83d", "\ufffd\ufffd"],
  ["a pair", "😀", "😀"],
  ["text that looks like an escape", "\\ud83d", "\\ud83d"],
  ["a backslash before a lone one", "\\\ud83d", "\\\ufffd"],
  ["two backslashes before the look of one", "\\\\ud83d \ud800", "\\\\ud83d \ufffd"],
  ["other escapes", 'a\n\t"\u0001\u2028', 'a\n\t"\u0001\u2028'],
])("%s arrives whole or replaced", (_name, given, expected) => {
  const json = encode({ [given]: [given] });
  expect(refusedByRust(json)).toBe(false);
  expect(JSON.parse(json)).toEqual({ [expected]: [expected] });
});

test("random text with surrogates is what toWellFormed makes of it", () => {
  const units = ["\\", "u", "d", "8", "\ud800", "\udfff", '"', "\n", "x"];
  for (let round = 0; round < 2_000; round += 1) {
    const text = Array.from({ length: 12 }, () => units[Math.floor(Math.random() * units.length)]).join("");
    expect(JSON.parse(encode(text))).toBe(text.toWellFormed());
  }
});

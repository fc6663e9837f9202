import { describe, expect, it } from "vitest";
import { bestText, piecesOf, searchWords } from "./hits";

const marked = (text: string, words: string[]) =>
  piecesOf(text, words)
    .map(({ text, isHit }) => (isHit ? `[${text}]` : text))
    .join("");

describe("hits", () => {
  it("are marked in any case, and the text around them is shown", () => {
    expect(marked("Fix the Cart and the cart's test", ["cart", "test"])).toBe(
      "Fix the [Cart] and the [cart]'s [test]",
    );
    const long = `${"a ".repeat(200)}needle ${"b ".repeat(400)}`;
    expect(marked(long, ["needle"])).toMatch(/^…(a )+\[needle\]( b)+ ?…$/);
    expect(marked("nothing here", ["needle"])).toBe("nothing here");
  });

  it("are found where most of the words are", () => {
    const payload = { tool: "bash", args: { command: "npm test" }, output: "the cart test failed" };
    expect(bestText(payload, ["cart", "test"])).toEqual({
      field: "output",
      text: "the cart test failed",
      score: 2,
    });
    expect(bestText(payload, ["npm"])?.field).toBe("command");
    expect(bestText({}, ["x"])).toBeUndefined();
  });

  it("keep a text whole whose lower case has another length", () => {
    expect(marked("İstanbul needle", ["needle"])).toBe("İstanbul needle");
  });

  it("are of words without quotes and stars", () => {
    expect(searchWords(' "Auth*  TOKEN" ')).toEqual(["auth", "token"]);
  });

  it("survive a payload that is nested deeply", () => {
    let deep: Record<string, unknown> = { text: "needle" };
    for (let depth = 0; depth < 5_000; depth++) deep = { deep };
    expect(bestText(deep, ["needle"])).toBeUndefined();
  });
});

import { describe, expect, it } from "vitest";
import { plainLine, plainText, wellCut } from "./plain";

describe("plain text", () => {
  it.each([
    ["ANSI colours", "\u001b[31mred\u001b[0m", "⟨ESC⟩[31mred⟨ESC⟩[0m"],
    ["a bell and a null", "a\u0007b\u0000", "a⟨BEL⟩b⟨NUL⟩"],
    ["a right-to-left override", "evil\u202Egnp.exe", "evil⟨U+202E⟩gnp.exe"],
    ["zero-width characters", "a\u200Bb\uFEFF", "a⟨U+200B⟩b⟨U+FEFF⟩"],
    ["C1 controls and DEL", "\u009b1m\u007f", "⟨U+009B⟩1m⟨DEL⟩"],
    ["half a character", "a\ud83d b", "a\ufffd b"],
    ["a lone carriage return", "safe\rfake", "safe⟨CR⟩fake"],
  ])("spells out %s", (_, text, shown) => {
    expect(plainText(text)).toBe(shown);
  });

  it("leaves what people write as it is", () => {
    const text = "Zeile 1\n\tZwei, שלום, 日本語, 👩‍💻 👍🏽";
    expect(plainText(text)).toBe(text);
    expect(plainText("a\r\nb")).toBe("a\nb");
  });
});

describe("one line", () => {
  it("folds white space, and cuts with an ellipsis", () => {
    expect(plainLine("  a\n\n b\tc ")).toBe("a b c");
    expect(plainLine("abcdef", 4)).toBe("abc…");
    expect(plainLine("abcd", 4)).toBe("abcd");
  });

  it("reads only the head of a huge text", () => {
    const line = plainLine("x".repeat(50_000_000), 100);
    expect(line).toHaveLength(100);
  });

  it("never leaves half a character", () => {
    expect(wellCut("ab👍", 3)).toBe("ab");
    expect(wellCut("ab👍", 4)).toBe("ab👍");
  });
});

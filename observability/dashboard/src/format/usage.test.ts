import { describe, expect, it } from "vitest";
import { costWords, NOTHING_USED, spendWords } from "./usage";

describe("what was used", () => {
  it("says how well the cost is known", () => {
    expect(costWords({ ...NOTHING_USED, cost_usd: 1.5 })).toBe("$1.50");
    expect(costWords({ ...NOTHING_USED, cost_usd: 1.5, cost_estimated: true })).toBe("about $1.50");
    expect(costWords({ ...NOTHING_USED, cost_usd: 1.5, cost_incomplete: true })).toBe("at least $1.50");
    expect(costWords({ ...NOTHING_USED, cost_incomplete: true })).toBe("");
  });

  it("is told in tokens where the cost is not known", () => {
    expect(
      spendWords({ ...NOTHING_USED, input_tokens: 12_000, output_tokens: 345, cost_incomplete: true }),
    ).toBe("12.3k tokens");
    expect(spendWords(NOTHING_USED)).toBe("");
  });
});

/** What models used, in words. */
import type { UsageSum } from "../generated/types";
import { compactCount, dollars } from "./units";

/** The cost as far as it is known: `$0.12`, `about $0.12`, `at least $0.12`; empty when nothing of it is. */
export function costWords(usage: Pick<UsageSum, "cost_usd" | "cost_estimated" | "cost_incomplete">): string {
  if (usage.cost_usd === 0 && usage.cost_incomplete) return "";
  const said = dollars(usage.cost_usd);
  if (usage.cost_incomplete) return `at least ${said}`;
  return usage.cost_estimated ? `about ${said}` : said;
}

export function tokensOf(usage: Pick<UsageSum, "input_tokens" | "output_tokens">): number {
  return usage.input_tokens + usage.output_tokens;
}

/** Cost where it is known, else tokens; empty where nothing was used. */
export function spendWords(usage: UsageSum): string {
  const tokens = tokensOf(usage);
  if (tokens === 0 && usage.cost_usd === 0) return "";
  return costWords(usage) || `${compactCount(tokens)} tokens`;
}

export const NOTHING_USED: UsageSum = {
  input_tokens: 0,
  output_tokens: 0,
  reasoning_tokens: 0,
  cache_read_tokens: 0,
  cache_write_tokens: 0,
  cost_usd: 0,
  cost_estimated: false,
  cost_incomplete: false,
  turns: 0,
};

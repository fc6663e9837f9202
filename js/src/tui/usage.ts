import type { SessionUsage, UsageSum } from "../generated/types.ts";

/** What OpenCode itself counts of a session. */
export interface OwnCount {
  cost?: number | undefined;
  tokens?:
    | { input: number; output: number; reasoning: number; cache: { read: number; write: number } }
    | undefined;
}

/** Thinking that the person was spared. */
export interface Hidden {
  /** Pieces of reasoning, and blocks that leaked into text. */
  thoughts: number;
  /** UTF-16 units. */
  chars: number;
}

/** Tokens in few characters, such as `980` or `14.2k`. */
export function tokens(count: number): string {
  if (count < 1_000) return String(count);
  return count < 1_000_000 ? `${(count / 1_000).toFixed(1)}k` : `${(count / 1_000_000).toFixed(1)}M`;
}

/** US dollars, with more digits where it is little. */
export function dollars(usd: number): string {
  return `$${usd > 0 && usd < 0.1 ? usd.toFixed(4) : usd.toFixed(2)}`;
}

/** What a session used, in one line for a person; undefined while nothing was used. */
export function usageLine(usage: SessionUsage | undefined, own: OwnCount | undefined): string | undefined {
  if (usage !== undefined && total(usage.inclusive) > 0) return `${sum(usage.inclusive)} with agents`;
  const count = own?.tokens;
  if (count === undefined) return undefined;
  const all = count.input + count.output + count.reasoning + count.cache.read + count.cache.write;
  return all > 0 ? `${tokens(all)} tokens · ${dollars(own?.cost ?? 0)}` : undefined;
}

/** Rozet's own part of it; undefined where there is none. */
export function planningLine(usage: SessionUsage | undefined): string | undefined {
  return usage !== undefined && total(usage.planning) > 0 ? `planning ${sum(usage.planning)}` : undefined;
}

/** What was hidden, in words; undefined when nothing was. */
export function hiddenLine({ thoughts, chars }: Hidden): string | undefined {
  if (thoughts === 0) return undefined;
  return `${thoughts} ${thoughts === 1 ? "thought" : "thoughts"} hidden · ${tokens(chars)} characters`;
}

/** Adds up what the ends of turns say of hidden thinking; anything else in them counts nothing. */
export function hiddenIn(payloads: ReadonlyArray<Record<string, unknown>>): Hidden {
  const hidden: Hidden = { thoughts: 0, chars: 0 };
  for (const { hidden: said } of payloads) {
    if (typeof said !== "object" || said === null) continue;
    const counts = said as Record<string, unknown>;
    hidden.thoughts += number(counts.reasoning_parts) + number(counts.leaked_blocks);
    hidden.chars += number(counts.reasoning_chars) + number(counts.leaked_chars);
  }
  return hidden;
}

function total(used: UsageSum): number {
  return used.input_tokens + used.output_tokens;
}

function sum(used: UsageSum): string {
  const about = used.cost_estimated ? "~" : "";
  const more = used.cost_incomplete ? "+" : "";
  const cost =
    used.cost_usd > 0 || !used.cost_incomplete ? ` · ${about}${dollars(used.cost_usd)}${more}` : "";
  return `${tokens(total(used))} tokens${cost}`;
}

function number(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : 0;
}

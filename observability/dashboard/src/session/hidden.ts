/** What thinking was kept out of sight, added up over turns. */
import { fieldsOf, numberOf, textOf } from "../events/payload";
import type { StoredEvent } from "../generated/types";

export interface HiddenSum {
  /** Pieces of reasoning that the provider sent apart, and their characters. */
  reasoningParts: number;
  reasoningChars: number;
  /** Blocks that leaked into text and were taken out, and their characters. */
  leakedBlocks: number;
  leakedChars: number;
  turns: number;
  /** The text where the setting kept it. */
  kept: { at: number; text: string }[];
}

/** The types of events that tell of hidden thinking. */
export const HIDDEN_TYPES = ["Stop", "Notification"];

/** Adds up what the ends of turns say of it, and finds what was kept. */
export function hiddenOf(events: readonly StoredEvent[]): HiddenSum {
  const sum: HiddenSum = {
    reasoningParts: 0,
    reasoningChars: 0,
    leakedBlocks: 0,
    leakedChars: 0,
    turns: 0,
    kept: [],
  };
  for (const event of events) {
    const text = textOf(event.payload, "thinking");
    if (text) sum.kept.push({ at: event.timestamp, text });
    if (event.hook_event_type !== "Stop") continue;
    const hidden = fieldsOf(event.payload, "hidden");
    sum.reasoningParts += numberOf(hidden, "reasoning_parts") ?? 0;
    sum.reasoningChars += numberOf(hidden, "reasoning_chars") ?? 0;
    sum.leakedBlocks += numberOf(hidden, "leaked_blocks") ?? 0;
    sum.leakedChars += numberOf(hidden, "leaked_chars") ?? 0;
    sum.turns += 1;
  }
  return sum;
}

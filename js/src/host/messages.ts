import { isSigned } from "./events.ts";

/** A message of the history that goes to a model. */
interface Message {
  info: { role: string };
  parts: Array<{ type: string }>;
}

/**
 * Takes the model's earlier thinking out of a history, in place. What a provider signed stays until the turn is over:
 * some refuse a tool's result without the thinking that led to its call.
 */
export function withoutReasoning(messages: Message[]): void {
  const turn = messages.findLastIndex(({ info }) => info.role === "user");
  for (const [index, { info, parts }] of messages.entries()) {
    if (info.role !== "assistant") continue;
    for (let place = parts.length - 1; place >= 0; place -= 1) {
      const part = parts[place];
      if (part?.type === "reasoning" && !(index > turn && isSigned(part as never))) parts.splice(place, 1);
    }
  }
}

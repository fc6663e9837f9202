/** Events of the known form that ask a person, as hook scripts send them. */
import { isFields, listOf, textOf } from "../events/payload";
import type { StoredEvent } from "../generated/types";

export interface EventAsk {
  kind: "question" | "permission" | "choice";
  question: string;
  choices: string[];
  /** What became of it. */
  status: "pending" | "responded" | "error";
  /** What was answered, in words. */
  answer: string;
  /** Why the answer reached nobody. */
  error: string;
}

/** What an event asks; undefined when it asks nothing. */
export function eventAskOf(event: StoredEvent): EventAsk | undefined {
  const fields = event as unknown as Record<string, unknown>;
  const asked = fields.humanInTheLoop;
  if (!isFields(asked)) return undefined;
  const state = isFields(fields.humanInTheLoopStatus) ? fields.humanInTheLoopStatus : {};
  const kind = textOf(asked, "type");
  const status = textOf(state, "status");
  return {
    kind: kind === "permission" || kind === "choice" ? kind : "question",
    question: textOf(asked, "question"),
    choices: listOf(asked, "choices").filter((one) => typeof one === "string"),
    status: status === "responded" || status === "error" ? status : "pending",
    answer: isFields(state.response) ? answerWords(state.response) : "",
    error: textOf(state, "error"),
  };
}

function answerWords(response: Record<string, unknown>): string {
  if (typeof response.permission === "boolean") return response.permission ? "allowed" : "denied";
  return textOf(response, "choice") || textOf(response, "response");
}

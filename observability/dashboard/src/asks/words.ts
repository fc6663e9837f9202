/** Asks in words. */
import type { Tone } from "../events/kinds";
import type { Ask, AskState } from "../generated/types";

export const ASK_STATES: Readonly<Record<AskState, { label: string; tone: Tone }>> = {
  waiting: { label: "waiting", tone: "wait" },
  allowed: { label: "allowed", tone: "good" },
  denied: { label: "denied", tone: "bad" },
  answered: { label: "answered", tone: "good" },
  expired: { label: "expired", tone: "calm" },
  gone: { label: "gone", tone: "calm" },
};

/** What is asked, such as `wants to use bash`. */
export function askWords(ask: Ask): string {
  return ask.kind === "question" ? "asks" : `wants to use ${ask.permission ?? "a tool"}`;
}

/** What an answered ask came to, for the one who answered. */
export function outcomeWords(ask: Ask): string {
  const who = ask.answered_by && ask.answered_by !== "dashboard" ? ` by ${ask.answered_by}` : "";
  const why = ask.reason ? ` ${ask.reason}` : "";
  const verb: Record<AskState, string> = {
    waiting: "The answer is on its way.",
    allowed: ask.answer === "always" ? `Allowed from now on${who}.` : `Allowed once${who}.`,
    denied: `Denied${who}.`,
    answered: `Answered${who}.`,
    expired: "It had expired.",
    gone: "It is not asked any more.",
  };
  return `${verb[ask.state]}${why}`;
}

import type { Tone } from "../events/kinds";
import type { Span, SpanOutcome } from "../generated/types";

export const SPAN_TONES: Readonly<Record<SpanOutcome, Tone>> = {
  running: "run",
  completed: "calm",
  failed: "bad",
  blocked: "wait",
  cancelled: "calm",
};

/** How many tool calls each session made, and how many failed, among the given spans. */
export function spansBySession(spans: readonly Span[]): Map<string, { calls: number; failed: number }> {
  const sums = new Map<string, { calls: number; failed: number }>();
  for (const span of spans) {
    if (span.kind !== "tool") continue;
    const sum = sums.get(span.session_id) ?? { calls: 0, failed: 0 };
    sum.calls += 1;
    if (span.outcome === "failed") sum.failed += 1;
    sums.set(span.session_id, sum);
  }
  return sums;
}

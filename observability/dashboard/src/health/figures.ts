/** What `/v1/health` says, in groups of labelled figures. */
import type { Tone } from "../events/kinds";
import { byteSize, count, counted, duration, exactTime, relativeTime } from "../format/units";
import type { Health, ProducerHealth } from "../generated/types";

export interface Figure {
  label: string;
  value: string;
  tone?: Tone;
  title?: string;
}

export interface FigureGroup {
  title: string;
  figures: Figure[];
}

/** The groups in the order in which one looks at them; what an older sidecar does not say is left out. */
export function figuresOf(health: Health, nowMs: number): FigureGroup[] {
  return [
    sidecar(health, nowMs),
    delivery(health),
    store(health, nowMs),
    sandbox(health),
    forwarding(health),
  ].filter((group) => group.figures.length > 0);
}

function sidecar(health: Health, nowMs: number): FigureGroup {
  const { process, rates } = health;
  const figures: Figure[] = [
    { label: "Version", value: health.version },
    { label: "Process", value: String(health.pid), title: health.url },
    { label: "Runs for", value: duration(process?.uptime_ms ?? Math.max(0, nowMs - health.started_at)) },
  ];
  if (process) {
    figures.push({ label: "Processor", value: `${process.cpu_percent.toFixed(1)} % of one core` });
    if (process.resident_bytes > 0)
      figures.push({ label: "Memory", value: byteSize(process.resident_bytes) });
  }
  if (rates) {
    figures.push({ label: "Events, last minute", value: perSecond(rates.events_per_second_1m) });
    figures.push({ label: "Events, last 15 minutes", value: perSecond(rates.events_per_second_15m) });
  }
  return { title: "Sidecar", figures };
}

function perSecond(rate: number): string {
  return `${rate < 10 ? rate.toFixed(1) : count(rate)} a second`;
}

/** Events that never came or were given up, over all producers. */
function lostOf(producers: readonly ProducerHealth[]): number {
  return producers.reduce((sum, one) => sum + one.missing + one.dropped, 0);
}

function delivery({ producers, spools }: Health): FigureGroup {
  const sum = (field: "missing" | "dropped" | "duplicates" | "rejected" | "redacted") =>
    producers.reduce((total, one) => total + one[field], 0);
  const lost = lostOf(producers);
  const waiting = spools?.reduce((total, one) => total + one.bytes, 0) ?? 0;
  return {
    title: "Delivery",
    figures: [
      {
        label: "Lost",
        value: lost === 0 ? "none: no gaps" : counted(lost, "event"),
        tone: lost === 0 ? "good" : "bad",
      },
      { label: "Producers", value: count(producers.length) },
      ...(spools ? [{ label: "Waits in spools", value: waiting === 0 ? "nothing" : byteSize(waiting) }] : []),
      { label: "Came again, stored once", value: count(sum("duplicates")) },
      { label: "Rejected", value: count(sum("rejected")) },
      { label: "Secrets masked", value: count(sum("redacted")) },
    ],
  };
}

function store({ store: one, retention }: Health, nowMs: number): FigureGroup {
  const days = retention?.days ?? one.max_age_days;
  const most = retention?.max_bytes ?? one.max_bytes;
  const figures: Figure[] = [
    { label: "Events", value: count(one.events), title: one.path },
    { label: "Database", value: byteSize(one.database_bytes ?? one.bytes) },
  ];
  if (one.log_bytes !== undefined) figures.push({ label: "Its log", value: byteSize(one.log_bytes) });
  if (one.index_bytes !== undefined)
    figures.push({ label: "Index of text", value: byteSize(one.index_bytes) });
  if (days) figures.push({ label: "Kept for", value: counted(days, "day") });
  if (most) figures.push({ label: "At most", value: byteSize(most) });
  if (retention?.oldest_event_at !== undefined)
    figures.push({
      label: "Oldest event",
      value: relativeTime(retention.oldest_event_at, nowMs),
      title: exactTime(retention.oldest_event_at),
    });
  const survives = one.durability === "power" ? "the loss of power" : "the death of any process";
  figures.push({ label: "An event survives", value: survives });
  return { title: "Store", figures };
}

function sandbox({ sandbox: one }: Health): FigureGroup {
  if (!one) return { title: "Sandbox", figures: [] };
  const figures: Figure[] = [
    {
      label: "Commands of workers",
      value: one.enforced ? "confined" : "not confined",
      tone: one.enforced ? "good" : "bad",
    },
    { label: "By", value: one.mechanism },
  ];
  if (one.why) figures.push({ label: "Why", value: one.why });
  return { title: "Sandbox", figures };
}

function forwarding({ forwarded: one }: Health): FigureGroup {
  if (!one) return { title: "Handed on", figures: [] };
  const figures: Figure[] = [
    { label: "To", value: one.url },
    { label: "Taken", value: count(one.taken) },
    { label: "Refused", value: count(one.refused) },
  ];
  if (one.problem) figures.push({ label: "Stands still", value: one.problem, tone: "bad" });
  return { title: "Handed on", figures };
}

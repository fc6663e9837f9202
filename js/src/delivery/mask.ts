import type { Event } from "../generated/types.ts";

/** What stands in the place of a secret whose value is known; the core's and the sidecar's word for it. */
const MARK = "[redacted:known]";

/** Masks values of secrets in events, wherever they stand in what an event says. */
export class Mask {
  /** As they are, and as they are within JSON; the longest first, for one may be the start of another. */
  readonly #values: Array<{ plain: string; json: string }>;

  constructor(values: readonly string[]) {
    this.#values = values
      .map((plain) => ({ plain, json: JSON.stringify(plain).slice(1, -1) }))
      .sort((one, other) => other.plain.length - one.plain.length);
  }

  /** The event as one line of JSON. */
  line(event: Event): string {
    const line = JSON.stringify(event);
    // Hardly any event has one. Replacing them in the line itself could cut an escape in two.
    if (!this.#values.some(({ json }) => line.includes(json))) return line;
    const { payload, summary } = event;
    return JSON.stringify({
      ...event,
      payload: this.#masked(payload),
      ...(summary !== undefined && { summary: this.#text(summary) }),
    });
  }

  #masked(value: unknown): unknown {
    if (typeof value === "string") return this.#text(value);
    if (Array.isArray(value)) return value.map((item) => this.#masked(item));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [this.#text(key), this.#masked(inner)]),
    );
  }

  #text(text: string): string {
    let masked = text;
    // A text may quote JSON, in which the value is escaped.
    for (const { plain, json } of this.#values) {
      masked = masked.replaceAll(json, MARK).replaceAll(plain, MARK);
    }
    return masked;
  }
}

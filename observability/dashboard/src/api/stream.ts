import { isFields } from "../events/payload";
import type { StoredEvent } from "../generated/types";
import { readEvent } from "./events";

/** One message of `WS /v1/stream`. */
export type StreamFrame =
  /** Something happened, or an event that asked for an answer has one. */
  | { type: "event"; event: StoredEvent }
  | { type: "updated"; event: StoredEvent }
  /** What comes from here on came after this event. */
  | { type: "ready"; after: number }
  /** The reader was too slow; the stream ends. */
  | { type: "resync" };

/** Opens the live stream of the sidecar that serves this page: what is stored from now on. */
export function openStream(): WebSocket {
  const url = new URL("/v1/stream", window.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return new WebSocket(url);
}

/** Reads one message; undefined when it is none that this page knows. */
export function readFrame(message: unknown): StreamFrame | undefined {
  if (typeof message !== "string") return undefined;
  let frame: unknown;
  try {
    frame = JSON.parse(message);
  } catch {
    return undefined;
  }
  if (!isFields(frame)) return undefined;
  if (frame.type === "ready" && typeof frame.after === "number") return { type: "ready", after: frame.after };
  if (frame.type === "resync") return { type: "resync" };
  if (frame.type !== "event" && frame.type !== "updated") return undefined;
  const event = readEvent(frame.data);
  return event && (frame.type === "event" ? { type: "event", event } : { type: "updated", event });
}

import { isFields } from "../events/payload";
import type { StoredEvent } from "../generated/types";
import { readEvent, readEvents } from "./events";

/** One message of `WS /stream`. */
export type StreamFrame = { type: "initial"; events: StoredEvent[] } | { type: "event"; event: StoredEvent };

/** Opens the live stream of the sidecar that serves this page. */
export function openStream(): WebSocket {
  const url = new URL("/stream", window.location.href);
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
  if (frame.type === "initial") return { type: "initial", events: readEvents(frame.data) };
  const event = frame.type === "event" ? readEvent(frame.data) : undefined;
  return event && { type: "event", event };
}

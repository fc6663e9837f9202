import { fieldsOf, textOf } from "../events/payload";
import type { StoredEvent } from "../generated/types";
import { toolOf } from "../timeline/filter";

/** The tools whose completion means that a file was written: OpenCode's and Rozet's. */
export const WRITING_TOOLS = ["write", "edit", "patch", "multiedit", "write_file", "edit_file"];

export interface Touch {
  path: string;
  at: number;
  tool: string;
  eventId: number;
}

/** Which files tools wrote, in the order of time. */
export function touchesOf(events: readonly StoredEvent[]): Touch[] {
  return events
    .flatMap((event) => {
      const args = fieldsOf(event.payload, "args");
      const path = textOf(args, "filePath") || textOf(args, "path") || textOf(args, "file_path");
      return path ? [{ path, at: event.timestamp, tool: toolOf(event), eventId: event.id }] : [];
    })
    .sort((a, b) => a.at - b.at);
}

/** The files that had been written by a time, the last written first. */
export function filesAt(touches: readonly Touch[], timeMs: number): Touch[] {
  const last = new Map<string, Touch>();
  for (const touch of touches) {
    if (touch.at > timeMs) break;
    last.delete(touch.path);
    last.set(touch.path, touch);
  }
  return [...last.values()].reverse();
}

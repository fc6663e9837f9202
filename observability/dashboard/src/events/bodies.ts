/** The long texts of an event that are easier to read apart from its JSON. */
import type { StoredEvent } from "../generated/types";
import { fieldsOf, textOf } from "./payload";

export interface Body {
  label: string;
  text: string;
}

const BODY_FIELDS: Readonly<Record<string, readonly (readonly [field: string, label: string])[]>> = {
  UserPromptSubmit: [["prompt", "Prompt"]],
  TaskClaimed: [["statement", "Claim"]],
  ToolCompleted: [["output", "Output"]],
  ToolFailed: [["error", "Error"]],
  Notification: [["message", "Message"]],
  Stop: [["error", "Error"]],
};

/** The event's long texts in reading order; a tool's command comes first. */
export function bodiesOf(event: StoredEvent): Body[] {
  const command = textOf(fieldsOf(event.payload, "args"), "command");
  const bodies: Body[] = command ? [{ label: "Command", text: command }] : [];
  const fields = Object.hasOwn(BODY_FIELDS, event.hook_event_type)
    ? BODY_FIELDS[event.hook_event_type]
    : undefined;
  for (const [field, label] of fields ?? []) {
    const text = textOf(event.payload, field);
    if (text) bodies.push({ label, text });
  }
  return bodies;
}

/** The event as indented JSON, or why it cannot be shown so. */
export function rawJson(event: StoredEvent): string {
  try {
    return JSON.stringify(event, null, 2);
  } catch {
    return "This event is nested too deeply to be written out.";
  }
}

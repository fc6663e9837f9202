/** The long texts of an event that are easier to read apart from its JSON. */

import { isDiff } from "../format/diff";
import type { StoredEvent } from "../generated/types";
import { type Fields, fieldsOf, isFields, listOf, textOf } from "./payload";

export interface Body {
  label: string;
  text: string;
  isDiff?: boolean;
}

type Field = readonly [field: string, label: string];

/** Texts of a payload, in reading order, whatever the type. */
const PAYLOAD_FIELDS: readonly Field[] = [
  ["prompt", "Prompt"],
  ["statement", "Claim"],
  ["message", "Message"],
  ["diff", "Diff"],
  ["output", "Output"],
  ["error", "Error"],
  ["reason", "Reason"],
  ["report", "Report"],
];

/** What a tool was given: OpenCode's tools and Rozet's, and those of other programs. */
const ARGUMENT_FIELDS: readonly Field[] = [
  ["command", "Command"],
  ["prompt", "Prompt"],
  ["patchText", "Patch"],
  ["patch", "Patch"],
  ["diff", "Diff"],
  ["content", "Content"],
];

/** The event's long texts in reading order; what a tool was given comes first. */
export function bodiesOf(event: StoredEvent): Body[] {
  const { payload } = event;
  const args = { ...fieldsOf(payload, "tool_input"), ...fieldsOf(payload, "args") };
  return [
    ...taskBody(fieldsOf(payload, "task")),
    ...textsOf(args, ARGUMENT_FIELDS),
    ...editBody(args),
    ...textsOf(fieldsOf(payload, "metadata"), [["diff", "Diff"]]),
    ...textsOf(payload, PAYLOAD_FIELDS),
    ...saidBody(fieldsOf(payload, "said")),
  ];
}

function textsOf(fields: Fields, wanted: readonly Field[]): Body[] {
  return wanted.flatMap(([field, label]) => {
    const text = textOf(fields, field);
    return text ? [{ label, text, ...(isDiff(text) ? { isDiff: true } : {}) }] : [];
  });
}

/** A replacement in a file, as a diff of its two texts. */
function editBody(args: Fields): Body[] {
  const before = textOf(args, "oldString") || textOf(args, "old_string");
  const after = textOf(args, "newString") || textOf(args, "new_string");
  if (!before && !after) return [];
  const signed = (text: string, sign: string) =>
    text === "" ? [] : text.split("\n").map((line) => sign + line);
  const lines = [...signed(before, "-"), ...signed(after, "+")];
  return [{ label: "Replacement", text: lines.join("\n"), isDiff: true }];
}

/** A task of a plan, as one reads it. */
function taskBody(task: Fields): Body[] {
  const description = textOf(task, "description");
  if (!description) return [];
  const files = listOf(task, "files").filter((file) => typeof file === "string");
  const after = listOf(task, "depends_on").filter((id) => typeof id === "string");
  const checks = listOf(task, "checks").filter(isFields);
  const lines = [
    description,
    ...(after.length > 0 ? [`after ${after.join(", ")}`] : []),
    ...files.map((file) => `writes ${file}`),
    ...checks.map((check) => `proved by ${checkLine(check)}`),
  ];
  return [{ label: "Task", text: lines.join("\n") }];
}

function checkLine(check: Fields): string {
  const { type, ...fields } = check;
  const values = Object.values(fields).map((value) =>
    typeof value === "string" ? value : JSON.stringify(value),
  );
  return [String(type), ...values].join(" ");
}

function saidBody(said: Fields): Body[] {
  const head = textOf(said, "head");
  return head ? [{ label: "Said", text: head }] : [];
}

/** The event as indented JSON, or why it cannot be shown so. */
export function rawJson(event: StoredEvent): string {
  try {
    return JSON.stringify(event, null, 2);
  } catch {
    return "This event is nested too deeply to be written out.";
  }
}

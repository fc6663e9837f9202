/** One readable line for each type of event. */

import { plainLine } from "../format/plain";
import { count, counted, duration, shortPath } from "../format/units";
import type { StoredEvent } from "../generated/types";
import { type Fields, fieldsOf, isFields, joined, listOf, numberOf, textOf } from "./payload";

type Line = (payload: Fields, event: StoredEvent) => string;

const LINES: Readonly<Record<string, Line>> = {
  SessionStart: (p) =>
    joined(`Session started${inDirectory(p)}`, named("agent", p, "agent"), textOf(p, "model")),
  UserPromptSubmit: (p) => textOf(p, "prompt"),
  PlanSkipped: (p) => withReason("No plan", textOf(p, "reason")),
  PlanRequested: (p) => withReason("Asked for a plan", textOf(p, "reason")),
  TaskPlanned: (p) => `${taskOf(p)}${ofHowMany(p)}: ${textOf(fieldsOf(p, "task"), "description")}`,
  RunStarted: (p) => withReason(`Workers (${textOf(p, "worker") || "of Rozet"}) begin`, textOf(p, "summary")),
  RunPaused: (p) => withReason("The run is paused", textOf(p, "reason")),
  RunEnded: (p) =>
    joined(
      withReason(`The run is ${textOf(p, "status") || "over"}`, textOf(p, "reason")),
      textOf(p, "summary"),
    ),
  TaskAssigned: (p) => `${taskOf(p)} given to ${workerOf(p)}`,
  TaskStarted: (p) => `${taskOf(p)} started${by(p)}${textOf(p, "tool") && ` with ${textOf(p, "tool")}`}`,
  TaskClaimed: (p) =>
    withReason(`${textOf(p, "by") || "Someone"} says that ${taskOf(p)} is done`, textOf(p, "statement")),
  TaskCompleted: (p) => joined(`${taskOf(p)} completed`, checkCount(p)),
  TaskFailed: (p) => withReason(`${taskOf(p)} failed`, failingDetail(p) || textOf(p, "reason")),
  TaskBlocked: (p) => `${taskOf(p)} waits${waitingFor(p)}`,
  ToolRequested: (p) => withReason(toolOf(p), toolArgs(p)),
  ToolCompleted: (p) =>
    joined(withReason(toolOf(p), textOf(p, "title") || toolArgs(p)), exitOf(p), durationOf(p)),
  ToolFailed: (p) => joined(withReason(`${toolOf(p)} failed`, textOf(p, "error")), durationOf(p)),
  PermissionRequest: (p) =>
    withReason(`Asks to use ${textOf(p, "permission") || "a tool"}`, words(p, "patterns")),
  Notification: (p) => textOf(p, "message") || actOf(p),
  SubagentStart: (p) => withReason("Subagent started", textOf(p, "title") || textOf(p, "child_session_id")),
  SubagentStop: (p) => withReason("Subagent went idle", textOf(p, "child_session_id")),
  PreCompact: () => "The conversation is about to be compacted",
  Stop: (p) => joined("Turn ended", textOf(p, "error"), tokensOf(p), hiddenOf(p)),
  SessionEnd: (p) => joined(`Session ${textOf(p, "reason") || "ended"}`, overheadOf(p)),
};

/** The event in one line of plain text, never empty. */
export function lineOf(event: StoredEvent): string {
  const own = Object.hasOwn(LINES, event.hook_event_type) ? LINES[event.hook_event_type] : undefined;
  const line = own?.(event.payload, event) || event.summary || foreignLine(event.payload);
  return plainLine(line) || "(no details)";
}

/** What somebody did from the dashboard, the command line or the terminal interface. */
function actOf(payload: Fields): string {
  const action = textOf(payload, "action");
  if (!action) return "";
  const what = joined(action.replaceAll("_", " "), textOf(payload, "task_id"), textOf(payload, "status"));
  return `${textOf(payload, "by") || "Somebody"}: ${what}`;
}

/** What other programs' hook scripts send: a tool and its input, a message, or anything. */
function foreignLine(payload: Fields): string {
  const tool = textOf(payload, "tool_name");
  if (tool) return withReason(tool, argsLine(fieldsOf(payload, "tool_input")));
  return firstText(payload, "message", "prompt", "reason", "error", "text") || argsLine(payload);
}

function firstText(fields: Fields, ...names: string[]): string {
  return names.map((name) => textOf(fields, name)).find((text) => text !== "") ?? "";
}

function withReason(what: string, reason: string): string {
  return reason ? `${what}: ${reason}` : what;
}

function named(label: string, payload: Fields, field: string): string {
  const value = textOf(payload, field);
  return value && `${label} ${value}`;
}

function inDirectory(payload: Fields): string {
  const directory = textOf(payload, "directory");
  return directory && ` in ${shortPath(directory)}`;
}

function by(payload: Fields): string {
  const who = textOf(payload, "by");
  return who && ` by ${who}`;
}

function taskOf(payload: Fields): string {
  return textOf(payload, "task_id") || textOf(fieldsOf(payload, "task"), "task_id") || "A task";
}

function workerOf(payload: Fields): string {
  const worker = firstText(payload, "worker", "to", "by");
  return worker === "none" ? "its checks alone" : worker || "a worker";
}

function ofHowMany(payload: Fields): string {
  const of = numberOf(payload, "of");
  return of === undefined ? "" : ` of ${count(of)}`;
}

function evidenceOf(payload: Fields): Fields[] {
  return listOf(fieldsOf(payload, "task"), "evidence").filter(isFields);
}

function checkCount(payload: Fields): string {
  const evidence = evidenceOf(payload);
  if (evidence.length === 0) return "";
  const passed = evidence.filter((one) => one.outcome === "passed").length;
  return `${count(passed)} of ${counted(evidence.length, "check")} passed`;
}

function failingDetail(payload: Fields): string {
  const failed = evidenceOf(payload).find((one) => one.outcome === "failed");
  return failed ? textOf(failed, "detail") : "";
}

function waitingFor(payload: Fields): string {
  const waits = fieldsOf(fieldsOf(payload, "task"), "waits_for");
  const kind = textOf(waits, "kind") || textOf(payload, "waits_for");
  return withReason(kind ? ` for ${waitKinds[kind] ?? kind}` : "", textOf(waits, "what"));
}

const waitKinds: Readonly<Record<string, string>> = {
  permission: "a permission",
  lock: "a lock",
  provider: "the provider",
  human: "a person",
  budget: "budget",
};

function toolOf(payload: Fields): string {
  return textOf(payload, "tool") || "A tool";
}

function toolArgs(payload: Fields): string {
  return argsLine(fieldsOf(payload, "args"));
}

/** The argument that says most, else the first few as `name=value`. */
function argsLine(args: Fields): string {
  const telling = firstText(
    args,
    "command",
    "filePath",
    "file_path",
    "path",
    "pattern",
    "query",
    "url",
    "description",
  );
  if (telling) return telling;
  return Object.entries(args)
    .slice(0, 4)
    .map(([name, value]) => `${name}=${scalar(value)}`)
    .join(" ");
}

function scalar(value: unknown): string {
  if (typeof value === "string") return plainLine(value, 80);
  if (Array.isArray(value)) return `[${count(value.length)}]`;
  return isFields(value) ? "{…}" : String(value);
}

function exitOf(payload: Fields): string {
  const exit = numberOf(payload, "exit");
  return exit === undefined ? "" : `exit ${exit}`;
}

function durationOf(payload: Fields): string {
  const ms = numberOf(payload, "duration_ms");
  return ms === undefined ? "" : duration(ms);
}

function words(payload: Fields, field: string): string {
  return listOf(payload, field)
    .filter((one) => typeof one === "string")
    .join(", ");
}

function tokensOf(payload: Fields): string {
  const usage = fieldsOf(payload, "usage");
  const sent = numberOf(usage, "input_tokens");
  const received = numberOf(usage, "output_tokens");
  if (sent === undefined && received === undefined) return "";
  return `${count(sent ?? 0)} tokens in, ${count(received ?? 0)} out`;
}

function hiddenOf(payload: Fields): string {
  const hidden = fieldsOf(payload, "hidden");
  const pieces = (numberOf(hidden, "reasoning_parts") ?? 0) + (numberOf(hidden, "leaked_blocks") ?? 0);
  const chars = (numberOf(hidden, "reasoning_chars") ?? 0) + (numberOf(hidden, "leaked_chars") ?? 0);
  return pieces === 0 ? "" : `hid ${counted(pieces, "thought")} (${counted(chars, "character")})`;
}

function overheadOf(payload: Fields): string {
  const overhead = fieldsOf(payload, "overhead");
  const factory = numberOf(overhead, "factory_ms");
  if (factory === undefined) return "";
  const hooks = listOf(overhead, "hooks").filter(isFields);
  const total = hooks.reduce((sum, hook) => sum + (numberOf(hook, "total_ms") ?? 0), factory);
  return `Rozet added ${duration(total)}`;
}

import type { Input } from "../generated/types.ts";
import { clip, clipRecord, isRecord, MAX_ARG } from "./clip.ts";

type Fields = Record<string, unknown>;

const MAX_PATTERNS = 100;
/** OpenCode asks before a tool is called again and again with the same arguments; that is no command. */
const BY_COMMAND = new Set(["bash"]);

/** What a permission is about, each text bounded; empty where OpenCode does not say. */
export interface PermissionAbout {
  permission: string;
  patterns: string[];
  title: string;
  command: string;
  path: string;
  diff: string;
}

/** Reads what a permission is about, as this version of OpenCode and earlier ones tell it. */
export function permissionAbout(fields: Fields): PermissionAbout {
  const metadata = isRecord(fields.metadata) ? fields.metadata : {};
  const given = Array.isArray(fields.patterns) ? fields.patterns : [fields.pattern].flat();
  const patterns = given
    .slice(0, MAX_PATTERNS)
    .map((pattern) => clip(text(pattern), MAX_ARG))
    .filter((pattern) => pattern !== "");
  const permission = text(fields.permission) || text(fields.type);
  const command = text(metadata.command) || (BY_COMMAND.has(permission) ? patterns.join("\n") : "");
  return {
    permission,
    patterns,
    title: clip(text(fields.title) || text(metadata.description), 1_024),
    command: clip(command, MAX_ARG),
    path: clip(text(metadata.filepath) || text(metadata.filePath) || text(metadata.path), 1_024),
    diff: clip(text(metadata.diff), MAX_ARG),
  };
}

/** `permission.asked`, and `permission.updated` of earlier versions. */
export function permissionInput(fields: Fields): Input | undefined {
  const session_id = text(fields.sessionID);
  const ask_id = text(fields.id);
  if (!session_id || !ask_id) return undefined;
  const call_id = isRecord(fields.tool) ? text(fields.tool.callID) : text(fields.callID);
  const details = { kind: "permission", ask_id, ...permissionAbout(fields), call_id };
  return { type: "asked", session_id, details: withoutBlanks(details) };
}

/** `question.asked`: OpenCode's tool `question`. */
export function questionInput(fields: Fields): Input | undefined {
  const session_id = text(fields.sessionID);
  const ask_id = text(fields.id);
  if (!session_id || !ask_id) return undefined;
  const { questions } = clipRecord({ questions: fields.questions });
  const first = Array.isArray(questions) && isRecord(questions[0]) ? text(questions[0].question) : "";
  const call_id = isRecord(fields.tool) ? text(fields.tool.callID) : "";
  const details = { kind: "question", ask_id, title: clip(first, 1_024), questions, call_id };
  return { type: "asked", session_id, details: withoutBlanks(details) };
}

/** `permission.replied`, `question.replied` and `question.rejected`; the ids have other names in earlier versions. */
export function answeredInput(type: string, fields: Fields): Input | undefined {
  const session_id = text(fields.sessionID);
  const ask_id = text(fields.requestID) || text(fields.permissionID);
  if (!session_id || !ask_id) return undefined;
  const said = text(fields.reply) || text(fields.response) || answers(fields.answers);
  return { type: "answered", session_id, ask_id, answer: type === "question.rejected" ? "reject" : said };
}

function answers(given: unknown): string {
  if (!Array.isArray(given)) return "";
  const words = given.flat().filter((answer) => typeof answer === "string");
  return clip(words.join(", "), 1_024);
}

function withoutBlanks(details: Fields): Fields {
  return Object.fromEntries(
    Object.entries(details).filter(([, value]) => value !== "" && value !== undefined),
  );
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

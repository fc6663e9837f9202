import type { Input } from "../generated/types.ts";
import { clip, isRecord, MAX_ARG } from "./clip.ts";

type Fields = Record<string, unknown>;

/**
 * Turns one of OpenCode's events into an input of the core; undefined for all that the core has no use for, which is
 * nearly every event, so nothing is allocated before the type is known.
 */
export function eventInput(event: unknown): Input | undefined {
  if (!isRecord(event) || !isRecord(event.properties)) return undefined;
  const fields = event.properties;
  switch (event.type) {
    case "message.part.updated":
      return isRecord(fields.part) ? partInput(fields.part) : undefined;
    case "message.updated":
      return isRecord(fields.info) ? messageInput(fields.info) : undefined;
    case "session.created":
      return isRecord(fields.info) ? createdInput(fields.info) : undefined;
    case "session.idle": {
      const session_id = text(fields.sessionID);
      return session_id ? { type: "session_idle", session_id } : undefined;
    }
    case "session.deleted": {
      const session_id = text(fields.sessionID) || text(isRecord(fields.info) ? fields.info.id : undefined);
      return session_id ? { type: "session_deleted", session_id } : undefined;
    }
    case "session.error":
      return abortedInput(fields);
    case "permission.asked":
      return permissionInput(fields);
    default:
      return undefined;
  }
}

function partInput(part: Fields): Input | undefined {
  if (part.type === "reasoning") {
    if (!isRecord(part.time) || typeof part.time.end !== "number") return undefined;
    return {
      type: "reasoning_ended",
      session_id: text(part.sessionID),
      part_id: text(part.id),
      chars: text(part.text).length,
    };
  }
  if (part.type !== "tool" || !isRecord(part.state) || part.state.status !== "error") return undefined;
  return {
    type: "tool_failed",
    session_id: text(part.sessionID),
    call_id: text(part.callID),
    tool: text(part.tool),
    error: clip(text(part.state.error), MAX_ARG),
  };
}

function messageInput(info: Fields): Input | undefined {
  if (info.role !== "assistant" || !isRecord(info.time) || typeof info.time.completed !== "number") {
    return undefined;
  }
  const tokens = isRecord(info.tokens) ? info.tokens : {};
  const cache = isRecord(tokens.cache) ? tokens.cache : {};
  return {
    type: "message_ended",
    session_id: text(info.sessionID),
    message_id: text(info.id),
    usage: {
      input_tokens: count(tokens.input),
      output_tokens: count(tokens.output),
      reasoning_tokens: count(tokens.reasoning),
      cache_read_tokens: count(cache.read),
      cache_write_tokens: count(cache.write),
      cost_usd: typeof info.cost === "number" && Number.isFinite(info.cost) ? info.cost : 0,
    },
    error: isRecord(info.error) ? text(info.error.name) || "unknown" : null,
  };
}

function createdInput(info: Fields): Input | undefined {
  const session_id = text(info.id);
  if (!session_id) return undefined;
  return {
    type: "session_created",
    session_id,
    parent_id: text(info.parentID) || null,
    title: text(info.title),
  };
}

/** The person ended the turn; other errors of a session come with its message. */
function abortedInput(fields: Fields): Input | undefined {
  const session_id = text(fields.sessionID);
  if (!session_id || !isRecord(fields.error) || fields.error.name !== "MessageAbortedError") return undefined;
  return { type: "aborted", session_id };
}

function permissionInput(fields: Fields): Input | undefined {
  const session_id = text(fields.sessionID);
  if (!session_id) return undefined;
  const patterns = Array.isArray(fields.patterns) ? fields.patterns : [];
  return {
    type: "permission_asked",
    session_id,
    request_id: text(fields.id),
    permission: text(fields.permission),
    patterns: patterns.slice(0, 100).map((pattern) => clip(text(pattern), MAX_ARG)),
  };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Rust reads these as unsigned whole numbers. */
function count(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(Math.round(value)) && value > 0
    ? Math.round(value)
    : 0;
}

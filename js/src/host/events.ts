import type { Input, Todo } from "../generated/types.ts";
import { answeredInput, permissionInput, questionInput } from "./asks.ts";
import { clip, isRecord, MAX_ARG, MAX_OUTPUT } from "./clip.ts";

type Fields = Record<string, unknown>;

const MAX_TODOS = 100;

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
    case "session.updated":
      return isRecord(fields.info) ? revertInput(fields.info) : undefined;
    case "session.compacted": {
      const session_id = text(fields.sessionID);
      return session_id ? { type: "compacted", session_id } : undefined;
    }
    case "message.removed": {
      const [session_id, message_id] = [text(fields.sessionID), text(fields.messageID)];
      return session_id && message_id ? { type: "message_removed", session_id, message_id } : undefined;
    }
    case "todo.updated":
      return todosInput(fields);
    case "permission.asked":
    case "permission.updated":
      return permissionInput(fields);
    case "question.asked":
      return questionInput(fields);
    case "permission.replied":
    case "question.replied":
    case "question.rejected":
      return answeredInput(event.type, fields);
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
      message_id: text(part.messageID),
      part_id: text(part.id),
      text: clip(text(part.text), MAX_OUTPUT),
      signed: isSigned(part),
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

/** Where a session stands in its history; told again with every change of the session. */
function revertInput(info: Fields): Input | undefined {
  const session_id = text(info.id);
  if (!session_id) return undefined;
  const message_id = isRecord(info.revert) ? text(info.revert.messageID) || null : null;
  return { type: "reverted", session_id, message_id };
}

/** The person ended the turn; other errors of a session come with its message. */
function abortedInput(fields: Fields): Input | undefined {
  const session_id = text(fields.sessionID);
  if (!session_id || !isRecord(fields.error) || fields.error.name !== "MessageAbortedError") return undefined;
  return { type: "aborted", session_id };
}

function todosInput(fields: Fields): Input | undefined {
  const session_id = text(fields.sessionID);
  if (!session_id || !Array.isArray(fields.todos)) return undefined;
  const todos: Todo[] = fields.todos
    .slice(0, MAX_TODOS)
    .filter(isRecord)
    .map((todo) => ({ content: clip(text(todo.content), 1_024), status: text(todo.status) }));
  return { type: "todos", session_id, todos };
}

/** Whether a provider put something of its own on a reasoning part, such as a signature: it wants it back as it was. */
export function isSigned(part: Fields): boolean {
  const { metadata } = part;
  if (!isRecord(metadata)) return false;
  return Object.values(metadata).some((own) => isRecord(own) && Object.keys(own).length > 0);
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

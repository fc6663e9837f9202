/** What the types of events have in common, for colour and for the filter. */
export type Tone = "calm" | "ask" | "run" | "prove" | "good" | "bad" | "wait";

interface Kind {
  /** The type in words. */
  label: string;
  tone: Tone;
}

const KINDS: Readonly<Record<string, Kind>> = {
  SessionStart: { label: "Session start", tone: "calm" },
  UserPromptSubmit: { label: "Prompt", tone: "ask" },
  PlanSkipped: { label: "Plan skipped", tone: "calm" },
  PlanRequested: { label: "Plan asked", tone: "ask" },
  TaskPlanned: { label: "Task planned", tone: "calm" },
  RunStarted: { label: "Run started", tone: "run" },
  RunPaused: { label: "Run paused", tone: "wait" },
  RunEnded: { label: "Run ended", tone: "prove" },
  TaskAssigned: { label: "Task assigned", tone: "run" },
  TaskStarted: { label: "Task started", tone: "run" },
  TaskClaimed: { label: "Task claimed", tone: "prove" },
  ToolRequested: { label: "Tool asked", tone: "calm" },
  ToolCompleted: { label: "Tool done", tone: "calm" },
  ToolFailed: { label: "Tool failed", tone: "bad" },
  TaskCompleted: { label: "Task completed", tone: "good" },
  TaskFailed: { label: "Task failed", tone: "bad" },
  TaskBlocked: { label: "Task blocked", tone: "wait" },
  PermissionRequest: { label: "Permission", tone: "wait" },
  Notification: { label: "Notice", tone: "wait" },
  SubagentStart: { label: "Subagent start", tone: "run" },
  SubagentStop: { label: "Subagent stop", tone: "calm" },
  PreCompact: { label: "Compaction", tone: "calm" },
  Stop: { label: "Turn end", tone: "calm" },
  SessionEnd: { label: "Session end", tone: "calm" },
};

/** The label and tone of a type; a type of another program keeps its own name. */
export function kindOf(type: string): Kind {
  return Object.hasOwn(KINDS, type) ? (KINDS[type] as Kind) : { label: type, tone: "calm" };
}

/** Every type that Rozet's own programs send. */
export const KNOWN_TYPES: readonly string[] = Object.keys(KINDS);

/** True for the events after which something else may wait for a person. */
export function touchesAsks(type: string): boolean {
  return ASKING.has(type);
}

const ASKING: ReadonlySet<string> = new Set([
  "PermissionRequest",
  "Notification",
  "TaskBlocked",
  "Stop",
  "SessionEnd",
]);

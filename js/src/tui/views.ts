import type { TuiThemeCurrent } from "@opencode-ai/plugin/tui";
import type { Plan, Task } from "../generated/types.ts";
import { lookOf, noteOf, oneLine, progressOf, type Tone } from "./board.ts";
import { type Node, node, words } from "./nodes.ts";

const MAX_DESCRIPTION = 90;
const MAX_NOTE = 120;
const MAX_TASKS = 30;

/** What the views read; each function follows its signal. */
export interface ViewModel {
  theme: () => TuiThemeCurrent;
  /** Whether the sidecar answers. */
  connected: () => boolean;
  /** Where the live view is, when the sidecar answers. */
  address: () => string;
  /** The shown session's plan. */
  plan: () => Plan | undefined;
}

/** The line on the home screen. */
export function brand({ theme, connected, address }: ViewModel): Node {
  return node(
    "box",
    { flexDirection: "row", justifyContent: "center", flexShrink: 0, paddingTop: 1 },
    node(
      "text",
      { wrapMode: "none" },
      node("b", { style: () => ({ fg: theme().primary }) }, "Rozet"),
      words(theme, "textMuted", " · plans, proof, live view · "),
      node("span", { style: () => ({ fg: connected() ? theme().success : theme().warning }) }, () =>
        connected() ? `● ${address()}` : "○ sidecar not running",
      ),
      words(theme, "textMuted", () => (connected() ? "" : " · rozet-sidecar up")),
    ),
  );
}

/** The plan in the sidebar. */
export function planPanel(model: ViewModel): Node {
  const { theme, plan } = model;
  return node(
    "box",
    { flexDirection: "column", flexShrink: 0 },
    node(
      "text",
      { wrapMode: "word" },
      node("b", { style: () => ({ fg: theme().text }) }, "Rozet plan"),
      words(theme, "textMuted", () => headline(model)),
    ),
    () => {
      const shown = plan();
      if (shown === undefined) return [];
      const tasks = shown.tasks.slice(0, MAX_TASKS).map((task) => taskRow(task, theme));
      const rest = shown.tasks.length - MAX_TASKS;
      return rest > 0 ? [...tasks, line(theme, `… and ${rest} more`)] : tasks;
    },
  );
}

function headline({ plan, connected }: ViewModel): string {
  const shown = plan();
  const offline = connected() ? "" : " · sidecar not running";
  if (shown === undefined) return offline || " · none yet";
  const origin = shown.origin === "offline" ? " · offline" : "";
  return ` ${progressOf(shown)}${origin}${offline}`;
}

/** Symbol to the left, words to the right of it, however many lines they take. */
function taskRow(task: Task, theme: ViewModel["theme"]): Node {
  const look = lookOf(task.status);
  const tone = task.status === "completed" ? "textMuted" : "text";
  const note = noteOf(task);
  const lines = [
    node(
      "text",
      { wrapMode: "word" },
      words(theme, look.tone, `${task.task_id} ${task.status} `),
      words(theme, tone, oneLine(task.description, MAX_DESCRIPTION)),
    ),
  ];
  if (note !== undefined) lines.push(line(theme, oneLine(note, MAX_NOTE), look.tone));
  return node(
    "box",
    { flexDirection: "row", flexShrink: 0, gap: 1 },
    node("text", { flexShrink: 0 }, words(theme, look.tone, look.symbol)),
    node("box", { flexDirection: "column", flexGrow: 1, flexShrink: 1 }, ...lines),
  );
}

function line(theme: ViewModel["theme"], text: string, tone: Tone = "textMuted"): Node {
  return node("text", { wrapMode: "word" }, words(theme, tone, text));
}

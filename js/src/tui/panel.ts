import type { Ask, Plan, Task } from "../generated/types.ts";
import { askerOf } from "./asks.ts";
import { carrierOf, isUnderWay, lookOf, noteOf, oneLine, progressOf, type Tone, viewOf } from "./board.ts";
import { lasting } from "./clock.ts";
import { type Node, node, words } from "./nodes.ts";
import type { ViewModel } from "./views.ts";

const MAX_DESCRIPTION = 90;
const MAX_NOTE = 120;
const MAX_TASKS = 30;
const MAX_ASKS = 3;
/** As wide as OpenCode's sidebar leaves room for. */
const BAR_CELLS = 36;

/** What Rozet has to say in the sidebar: asks, the plan, who carries it out, what it took. */
export function panel(model: ViewModel): Node {
  const { theme, plan, asks, counts } = model;
  return node(
    "box",
    { flexDirection: "column", flexShrink: 0 },
    node(
      "text",
      { wrapMode: "word", onMouseUp: model.act },
      node("b", { style: () => ({ fg: theme().text }) }, "Rozet plan"),
      words(theme, "textMuted", () => headline(model)),
    ),
    () => {
      const shown = plan();
      return shown === undefined ? [] : planRows(shown, model);
    },
    () =>
      asks()
        .slice(0, MAX_ASKS)
        .map((ask) => askRow(ask, model)),
    () => (asks().length > MAX_ASKS ? line(theme, `… and ${asks().length - MAX_ASKS} more asks`) : []),
    () => counts().map((text) => line(theme, text)),
  );
}

function headline({ plan, connected }: ViewModel): string {
  const shown = plan();
  const offline = connected() ? "" : " · sidecar not running";
  if (shown === undefined) return offline || " · none yet";
  const { done, all } = progressOf(shown);
  const origin = shown.origin === "offline" ? " · offline" : "";
  return ` ${done}/${all}${origin}${offline}`;
}

function planRows(shown: Plan, model: ViewModel): Node[] {
  const { theme, run } = model;
  const rows = [bar(shown, theme), ...shown.tasks.slice(0, MAX_TASKS).map((task) => taskRow(task, model))];
  const rest = shown.tasks.length - MAX_TASKS;
  if (rest > 0) rows.push(line(theme, `… and ${rest} more`));
  rows.push(
    node(
      "text",
      { wrapMode: "word" },
      words(theme, "textMuted", () => carrierOf(shown, run()) ?? ""),
    ),
  );
  return rows;
}

/** What is proved, what is under way, and the rest. */
function bar(shown: Plan, theme: ViewModel["theme"]): Node {
  const { done, all } = progressOf(shown);
  const under = shown.tasks.filter(isUnderWay).length;
  const cells = (tasks: number) => (all === 0 ? 0 : Math.floor((tasks * BAR_CELLS) / all));
  const [proved, working] = [cells(done), cells(done + under) - cells(done)];
  return node(
    "text",
    { wrapMode: "none" },
    words(theme, "success", "━".repeat(proved)),
    words(theme, "info", "━".repeat(working)),
    words(theme, "border", "━".repeat(BAR_CELLS - proved - working)),
  );
}

/** Symbol to the left, words to the right of it, however many lines they take. */
function taskRow(task: Task, { theme, run, now }: ViewModel): Node {
  const look = lookOf(task.status);
  const tone = task.status === "completed" ? "textMuted" : "text";
  // The note alone moves with the time.
  const note = () => oneLine(noteOf(task, now(), viewOf(run(), task)) ?? "", MAX_NOTE);
  return node(
    "box",
    { flexDirection: "row", flexShrink: 0, gap: 1 },
    node("text", { flexShrink: 0 }, words(theme, look.tone, look.symbol)),
    node(
      "box",
      { flexDirection: "column", flexGrow: 1, flexShrink: 1 },
      node(
        "text",
        { wrapMode: "word" },
        words(theme, look.tone, `${task.task_id} ${task.status} `),
        words(theme, tone, oneLine(task.description, MAX_DESCRIPTION)),
      ),
      () => (note() === "" ? [] : line(theme, note, isUnderWay(task) ? "textMuted" : look.tone)),
    ),
  );
}

function askRow(ask: Ask, { theme, now, answer }: ViewModel): Node {
  return node(
    "box",
    { flexDirection: "row", flexShrink: 0, gap: 1, onMouseUp: answer },
    node("text", { flexShrink: 0 }, words(theme, "warning", "!")),
    node(
      "box",
      { flexDirection: "column", flexGrow: 1, flexShrink: 1 },
      node(
        "text",
        { wrapMode: "word" },
        words(theme, "warning", `${askerOf(ask)} asks: `),
        words(theme, "text", oneLine(ask.title, MAX_DESCRIPTION)),
      ),
      line(theme, () => `${lasting(now() - ask.asked_at)} · /rozet-asks`),
    ),
  );
}

function line(theme: ViewModel["theme"], text: string | (() => string), tone: Tone = "textMuted"): Node {
  return node("text", { wrapMode: "word" }, words(theme, tone, text));
}

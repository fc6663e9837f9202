import type { Health } from "../../generated/types.ts";
import { health } from "../../sidecar/health.ts";
import { VERSION } from "../../version.ts";
import { carrierOf, oneLine, progressOf, type Tone } from "../board.ts";
import { type Node, node, words } from "../nodes.ts";
import type { Terminal } from "../terminal.ts";
import { thinkingMode } from "../thinking.ts";
import { tokens } from "../usage.ts";

const MAX_LINE = 110;
const MAX_FAULTS = 5;

/** One line of the status: what it is about, what is to be said, and how it looks. */
export interface Line {
  name: string;
  text: string;
  tone: Tone;
}

/** Shows how Rozet is. Asks the sidecar once, when it is opened. */
export async function statusDialog(terminal: Terminal): Promise<void> {
  const found = terminal.discovery.find() && (await health(terminal.discovery).catch(() => undefined));
  const { ui } = terminal.api;
  ui.dialog.replace(() => view(terminal, statusLines(terminal, found)) as never);
  ui.dialog.setSize("large");
}

/** What there is to say. */
export function statusLines(terminal: Terminal, found: Partial<Health> | undefined): Line[] {
  const { live, plan, settings, api } = terminal;
  const lines: Line[] = [];
  const say = (name: string, text: string, tone: Tone = "text") =>
    lines.push({ name, text: oneLine(text, MAX_LINE), tone });
  if (found?.url === undefined) {
    say(
      "sidecar",
      "not running: start it with rozet-sidecar up. Until then events wait in a file.",
      "warning",
    );
  } else {
    say("sidecar", `${found.url} · version ${found.version} · process ${found.pid}`, "success");
    if (found.version !== VERSION) {
      say(
        "version",
        `this plugin is ${VERSION}: install the same of both, then rozet-sidecar restart`,
        "warning",
      );
    }
    if (found.off) say("events", "switched off: nothing is kept", "warning");
    const ours = found.producers?.filter(({ producer }) => isOurs(producer)) ?? [];
    if (!ours.some(({ producer }) => producer.startsWith("rozet-opencode."))) {
      say("plugin", "has told nothing yet: does opencode.json name it beside tui.json?", "textMuted");
    }
    const sum = (of: "last_seq" | "missing" | "dropped") => ours.reduce((all, one) => all + one[of], 0);
    const lost = sum("missing") + sum("dropped");
    const kept = `${sum("last_seq")} events told`;
    if (ours.length > 0)
      say("delivery", lost > 0 ? `${kept}, ${lost} missing` : kept, lost > 0 ? "warning" : "text");
    for (const { what, hint, producer } of (found.degraded ?? []).slice(0, MAX_FAULTS)) {
      if (isOurs(producer)) say("degraded", hint ? `${what}: ${hint}` : what, "error");
    }
    for (const { name, note, matches } of found.components ?? []) {
      if (!matches && note) say(name, note, "warning");
    }
  }
  const shown = plan();
  if (shown === undefined) {
    say("plan", settings.core.plan ? "none in this session" : "switched off here", "textMuted");
  } else {
    const { done, all } = progressOf(shown);
    say("plan", `${done}/${all} proved · ${shown.summary}`);
    if (shown.origin === "offline")
      say("", `by the built-in planner${shown.reason ? `: ${shown.reason}` : ""}`, "textMuted");
    const carrier = carrierOf(shown, live.run());
    say("run", carrier ?? "none: the session's own model does the work", carrier ? "text" : "textMuted");
    const usage = live.run()?.run.usage;
    if (carrier && usage)
      say(
        "",
        `${tokens(usage.input_tokens + usage.output_tokens)} tokens used by planner and workers`,
        "textMuted",
      );
  }
  const asked = terminal.unseen().length;
  if (asked > 0) say("asks", `${asked} waiting: /rozet-asks`, "warning");
  say(
    "thinking",
    `${thinkingMode(api.kv) === "hide" ? "hidden" : "shown"} in this terminal · plugin setting: ${settings.core.thinking}`,
  );
  for (const problem of settings.problems.slice(0, MAX_FAULTS)) say("setting", problem, "warning");
  return lines;
}

/** Whether a producer runs in this very process: its name has the process's id. */
function isOurs(producer: string): boolean {
  return producer.split(".")[1] === String(process.pid);
}

function view({ api }: Terminal, lines: Line[]): Node {
  const theme = () => api.theme.current;
  const close = () => api.ui.dialog.clear();
  const widest = Math.max(...lines.map(({ name }) => name.length));
  return node(
    "box",
    { flexDirection: "column", paddingLeft: 2, paddingRight: 2, paddingBottom: 1, gap: 1 },
    node(
      "box",
      { flexDirection: "row", justifyContent: "space-between" },
      node("text", {}, node("b", { style: () => ({ fg: theme().text }) }, `Rozet ${VERSION}`)),
      node("text", { onMouseUp: close }, words(theme, "textMuted", "esc")),
    ),
    node(
      "box",
      { flexDirection: "column" },
      ...lines.map(({ name, text, tone }) =>
        node(
          "box",
          { flexDirection: "row", gap: 2 },
          node("text", { flexShrink: 0 }, words(theme, "textMuted", name.padEnd(widest))),
          node("text", { wrapMode: "word", flexShrink: 1 }, words(theme, tone, text)),
        ),
      ),
    ),
  );
}

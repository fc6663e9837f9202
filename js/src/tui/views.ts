import type { TuiThemeCurrent } from "@opencode-ai/plugin/tui";
import type { Ask, Plan, RunView } from "../generated/types.ts";
import { askerOf } from "./asks.ts";
import { isUnderWay, oneLine, progressOf, type Tone, waitedFor } from "./board.ts";
import { lasting } from "./clock.ts";
import { type Node, node, words } from "./nodes.ts";

const MAX_PROMPT_LINE = 44;

/** What the views read; each function follows its signal. */
export interface ViewModel {
  theme: () => TuiThemeCurrent;
  /** Whether the sidecar answers. */
  connected: () => boolean;
  /** Where the live view is, when the sidecar answers. */
  address: () => string;
  /** The shown session's plan. */
  plan: () => Plan | undefined;
  /** The newest run of the session. */
  run: () => RunView | undefined;
  /** What agents ask that OpenCode does not show here. */
  asks: () => readonly Ask[];
  /** What the session used and what was hidden, one line each. */
  counts: () => string[];
  /** The time; moves while something lasts. */
  now: () => number;
  /** Lets the person answer what agents ask. */
  answer: () => void;
  /** Lets the person act on tasks. */
  act: () => void;
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

/** What is said at the prompt where there is no sidebar; undefined when there is nothing to say. */
export function promptWords({
  plan,
  asks,
}: Pick<ViewModel, "plan" | "asks">): { text: string; tone: Tone } | undefined {
  const [ask] = asks();
  if (ask !== undefined) {
    return {
      text: oneLine(
        `${askerOf(ask)} asks for ${ask.permission ?? "an answer"} · /rozet-asks`,
        MAX_PROMPT_LINE,
      ),
      tone: "warning",
    };
  }
  const shown = plan();
  if (shown === undefined) return undefined;
  const blocked = shown.tasks.find((task) => task.status === "blocked" && task.waits_for?.kind !== "task");
  if (blocked !== undefined) {
    return { text: `${blocked.task_id} ${waitedFor(blocked.waits_for) ?? "is blocked"}`, tone: "warning" };
  }
  const { done, all } = progressOf(shown);
  const failed = shown.tasks.find((task) => task.status === "failed");
  const under = shown.tasks.filter(isUnderWay);
  const now =
    under.length > 0 ? ` · ${under.map(({ task_id }) => task_id).join(", ")} ${under[0]?.status}` : "";
  const text = oneLine(
    `Rozet ${done}/${all}${now || (failed ? ` · ${failed.task_id} failed` : "")}`,
    MAX_PROMPT_LINE,
  );
  return { text, tone: failed && !now ? "error" : "textMuted" };
}

/** The same, as a node. */
export function promptLine(model: ViewModel, sidebars: () => number): Node {
  const said = () => (sidebars() > 0 ? undefined : promptWords(model));
  return node(
    "text",
    { wrapMode: "none", style: () => ({ fg: model.theme()[said()?.tone ?? "textMuted"] }) },
    () => said()?.text ?? "",
  );
}

/** The oldest ask that is nowhere else on screen, for screens without a sidebar and without a prompt. */
export function askLine({ theme, asks, now, answer }: ViewModel, wanted: () => boolean): Node {
  return node("box", { flexShrink: 0 }, () => {
    const [ask, ...others] = wanted() ? asks() : [];
    if (ask === undefined) return [];
    const more = others.length > 0 ? ` and ${others.length} more` : "";
    return node(
      "text",
      { wrapMode: "none", onMouseUp: answer },
      words(
        theme,
        "warning",
        `  ! ${askerOf(ask)} asks: ${oneLine(ask.title, 60)}${more} · ${lasting(now() - ask.asked_at)}`,
      ),
      words(theme, "textMuted", " · ctrl+p, Rozet: answer agents"),
    );
  });
}

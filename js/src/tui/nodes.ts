import type { TuiThemeCurrent } from "@opencode-ai/plugin/tui";
import { createElement, effect, insert, setProp } from "@opentui/solid";
import type { Tone } from "./board.ts";

/** What OpenCode draws. */
export type Node = ReturnType<typeof createElement>;
type Child = Node | string | (() => unknown);
type Props = Record<string, unknown>;

/** Makes a node; a property or child that is a function follows the signals that it reads, but for handlers (`on…`). */
export function node(tag: string, props: Props, ...children: Child[]): Node {
  const element = createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function" && !name.startsWith("on"))
      effect<unknown>((before) => setProp(element, name, value(), before));
    else setProp(element, name, value);
  }
  // Without the null a reactive child wipes its siblings.
  for (const child of children) if (child !== "") insert(element, child, null);
  return element;
}

/** Words in a colour of the theme, to be put into a `text` node. */
export function words(theme: () => TuiThemeCurrent, tone: Tone, text: string | (() => string)): Node {
  return node("span", { style: () => ({ fg: theme()[tone] }) }, text);
}

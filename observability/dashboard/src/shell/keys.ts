/** Every key that the page knows; the list behind `?` is made of this. */
import type { View } from "../route/query";

export interface KeyHelp {
  keys: readonly string[];
  does: string;
}

export const VIEW_KEYS: Readonly<Record<string, View>> = {
  n: "now",
  s: "session",
  t: "timeline",
  e: "search",
  h: "history",
  o: "health",
};

export const KEY_GROUPS: readonly { title: string; keys: readonly KeyHelp[] }[] = [
  {
    title: "Go to",
    keys: [
      { keys: ["g", "n"], does: "Now" },
      { keys: ["g", "s"], does: "Sessions" },
      { keys: ["g", "t"], does: "Timeline" },
      { keys: ["g", "e"], does: "Search" },
      { keys: ["g", "h"], does: "History" },
      { keys: ["g", "o"], does: "Health" },
    ],
  },
  {
    title: "Anywhere",
    keys: [
      { keys: ["?"], does: "Show these keys" },
      { keys: ["/"], does: "Write into the filter, or search" },
      { keys: ["f"], does: "Pause or follow the timeline" },
      { keys: ["p"], does: "Play or stop looking back" },
      { keys: ["Esc"], does: "Close what is open" },
    ],
  },
  {
    title: "In the timeline",
    keys: [
      { keys: ["↑", "↓"], does: "The event before or after, also k and j" },
      { keys: ["Page ↑", "Page ↓"], does: "Ten events further" },
      { keys: ["Home", "End"], does: "The first event, the newest event" },
      { keys: ["Enter"], does: "Open or close the event" },
    ],
  },
];

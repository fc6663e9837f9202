import type { TuiPluginApi } from "@opencode-ai/plugin/tui";
import type { Ask, Plan } from "../generated/types.ts";
import type { Settings } from "../settings.ts";
import type { Discovery } from "../sidecar/discovery.ts";
import type { Journal } from "./journal.ts";
import type { Live } from "./live.ts";
import type { Told } from "./told.ts";

/** What dialogs and commands work with: OpenCode's terminal, the sidecar, and what is on screen. */
export interface Terminal {
  api: TuiPluginApi;
  discovery: Discovery;
  live: Live;
  journal: Journal;
  told: Told;
  settings: Settings;
  /** The session on screen, or the one without a parent above it; undefined at home. */
  sessionId: () => string | undefined;
  /** Asks that OpenCode does not show here, the oldest first. */
  unseen: () => readonly Ask[];
  /** The shown plan. */
  plan: () => Plan | undefined;
  /** The time; moves while something lasts. */
  now: () => number;
}

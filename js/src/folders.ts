import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

/** Environment variables, passed in so that tests need not touch the process. */
export type Env = Record<string, string | undefined>;

/** Rozet's state folder: `$ROZET_HOME/state`, else `rozet` in the XDG state folder. The sidecar computes the same. */
export function stateFolder(env: Env): string {
  if (env.ROZET_HOME) return join(resolve(env.ROZET_HOME), "state");
  const xdg = env.XDG_STATE_HOME;
  // The XDG specification says that relative paths are to be ignored.
  const base = xdg && isAbsolute(xdg) ? xdg : join(env.HOME || homedir(), ".local", "state");
  return join(base, "rozet");
}

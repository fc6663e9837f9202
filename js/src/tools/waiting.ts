import type { ToolContext, ToolDefinition, ToolResult } from "@opencode-ai/plugin";
import type { RunProgress } from "../generated/types.ts";
import type { OpenCodeApi } from "../host/api.ts";
import type { Discovery } from "../sidecar/discovery.ts";
import { cancelRun, followRun, type Patience, runNow } from "../sidecar/runs.ts";
import { RUN_TOOLS } from "./definitions.ts";
import { sentence } from "./forwarded.ts";
import { Showing } from "./showing.ts";

/** A run has limits of its own; this is for one whose sidecar has lost them. */
const MAX_WAIT_MS = 6 * 60 * 60 * 1_000;

/** OpenCode ends its turns first when it closes, and says a few milliseconds later that it does. */
const CLOSING_SHOWS_MS = 100;

/** What the waiting needs from its surroundings. */
export interface Waiting {
  discovery: Discovery;
  api: OpenCodeApi;
  /** Resolves when what the session asked of the sidecar has been answered. */
  answered: (sessionId: string) => Promise<void>;
  /** Set when OpenCode closes, which ends no run. */
  closing: AbortSignal;
  patience?: Patience;
}

/** `rozet_wait`: shows how the session's run goes and returns its result. Who ends the waiting ends the run. */
export function waitTool(waiting: Waiting): ToolDefinition {
  return {
    description: RUN_TOOLS.rozet_wait.description,
    args: {},
    execute: async (_args: unknown, context: ToolContext): Promise<ToolResult> => {
      const { discovery, closing } = waiting;
      const { sessionID, abort } = context;
      const late = AbortSignal.timeout(MAX_WAIT_MS);
      const over = AbortSignal.any([abort, closing, late]);
      const showing = new Showing(waiting.api, context, over);
      let last: RunProgress | undefined;
      // OpenCode also sets the signal after a step that went well: it counts only while this waits.
      let given = false;
      const end = () => {
        if (!closing.aborted) void endRun(discovery, sessionID, last?.run_id);
      };
      const ended = () => {
        given = !closing.aborted;
        if (given) setTimeout(end, CLOSING_SHOWS_MS);
      };
      abort.addEventListener("abort", ended, { once: true });
      try {
        if (abort.aborted) ended();
        await waiting.answered(sessionID);
        const heard = (progress: RunProgress) => {
          showing.show(progress.title);
          last = progress;
        };
        return result(await followRun(discovery, sessionID, over, heard, waiting.patience));
      } catch (error) {
        if (given) throw new Error("The person ended the waiting: Rozet's workers are told to stop.");
        if (closing.aborted)
          throw new Error("OpenCode is closing. `rozet-sidecar show` tells what became of Rozet's workers.");
        if (late.aborted && last) return result({ ...last, report: `Not over yet.\n${last.report}` });
        throw new Error(last ? `${sentence(error)} What was heard last:\n${last.report}` : sentence(error));
      } finally {
        abort.removeEventListener("abort", ended);
        await showing.end();
      }
    },
  };
}

/** `rozet_status`: how the session's run stands now. */
export function statusTool({ discovery, answered }: Waiting): ToolDefinition {
  return {
    description: RUN_TOOLS.rozet_status.description,
    args: {},
    execute: async (_args: unknown, { sessionID, abort }: ToolContext): Promise<ToolResult> => {
      try {
        await answered(sessionID);
        return result(await runNow(discovery, sessionID, abort));
      } catch (error) {
        throw new Error(sentence(error));
      }
    },
  };
}

function result({ title, report, run_id, status }: RunProgress): ToolResult {
  return { title, output: report, metadata: { run_id, status } };
}

/** A plan that is still in the making is cancelled by the end of the turn; its run may have begun just now. */
async function endRun(discovery: Discovery, sessionId: string, runId: string | undefined): Promise<void> {
  try {
    const id = runId ?? (await runNow(discovery, sessionId)).run_id;
    if (id !== undefined) await cancelRun(discovery, id);
  } catch {
    // Without a sidecar nothing runs.
  }
}

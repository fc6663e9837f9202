import { asksDialog } from "./dialogs/asks.ts";
import { openDashboard } from "./dialogs/dashboard.ts";
import { statusDialog } from "./dialogs/status.ts";
import { tasksDialog } from "./dialogs/tasks.ts";
import { thinkingDialog } from "./dialogs/thinking.ts";
import type { Terminal } from "./terminal.ts";

interface Command {
  /** As it is typed, without the slash. */
  slash: string;
  title: string;
  desc: string;
  run: (terminal: Terminal) => void | Promise<void>;
}

/** `/rozet-plan` and `/rozet-run` are prompts, and belong to the other half of the plugin. */
const COMMANDS: readonly Command[] = [
  { slash: "rozet", title: "Rozet: status", desc: "How Rozet is", run: statusDialog },
  {
    slash: "rozet-tasks",
    title: "Rozet: tasks",
    desc: "The plan's tasks: cancel, retry, mark, open files",
    run: tasksDialog,
  },
  {
    slash: "rozet-asks",
    title: "Rozet: answer agents",
    desc: "What agents out of sight ask",
    run: asksDialog,
  },
  {
    slash: "rozet-thinking",
    title: "Rozet: thinking",
    desc: "Hide or show the model's thinking here",
    run: thinkingDialog,
  },
  {
    slash: "rozet-dashboard",
    title: "Rozet: dashboard",
    desc: "Open the live view in a browser",
    run: openDashboard,
  },
];

/** Offers the commands, behind a slash and in OpenCode's palette; the result takes them away again. */
export function offerCommands(terminal: Terminal): () => void {
  const { api, journal, sessionId } = terminal;
  return api.keymap.registerLayer({
    commands: COMMANDS.map(({ slash, title, desc, run }) => ({
      namespace: "palette",
      name: slash.replace("-", "."),
      title,
      desc,
      category: "Rozet",
      slashName: slash,
      run: () => {
        const session = sessionId();
        if (session !== undefined) journal.note(session, "command", { command: slash });
        void run(terminal);
      },
    })),
  });
}

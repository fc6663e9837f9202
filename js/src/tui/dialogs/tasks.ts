import type { Plan, Task } from "../../generated/types.ts";
import { reason, SidecarError } from "../../sidecar/request.ts";
import { actOnTask, type TaskAct } from "../../sidecar/runs.ts";
import { lookOf, noteOf, oneLine, progressOf, viewOf } from "../board.ts";
import { edit, within } from "../open.ts";
import type { Terminal } from "../terminal.ts";

const MAX_TITLE = 60;
const MAX_NOTE = 90;

/** What may be done with a task, in the order shown, and when: the sidecar refuses the rest. */
const ACTS: ReadonlyArray<{
  act: TaskAct;
  title: string;
  description: string;
  may: (task: Task) => boolean;
}> = [
  {
    act: "confirm",
    title: "Mark done",
    description: "you have looked at it, and it is as it should be",
    may: (task) => task.status === "blocked" && task.waits_for?.kind === "human",
  },
  {
    act: "retry",
    title: "Retry",
    description: "a worker begins anew",
    may: ({ status }) => status === "failed" || status === "blocked" || status === "cancelled",
  },
  {
    act: "cancel",
    title: "Cancel",
    description: "what depends on it is blocked",
    may: ({ status }) => status !== "completed" && status !== "failed" && status !== "cancelled",
  },
];

/** The list of the plan's tasks; one that is chosen can be acted on. It stays live while it is open. */
export function tasksDialog(terminal: Terminal): void {
  const { api, live, plan, told } = terminal;
  if (plan() === undefined) {
    api.ui.dialog.clear();
    told.now(
      "info",
      `This session has no plan. ${live.connected() ? "/rozet-plan … makes one." : NO_SIDECAR}`,
    );
    return;
  }
  api.ui.dialog.replace(() =>
    api.ui.DialogSelect<string>({
      get title() {
        const shown = plan();
        if (shown === undefined) return "Tasks";
        const { done, all } = progressOf(shown);
        return `Tasks · ${done}/${all} proved`;
      },
      get options() {
        return (plan()?.tasks ?? []).map((task) => option(task, terminal));
      },
      onSelect: ({ value }) => {
        const shown = plan();
        const task = shown?.tasks.find(({ task_id }) => task_id === value);
        if (shown && task) actsDialog(terminal, shown, task);
      },
    }),
  );
  // Each dialog begins in OpenCode's own size.
  api.ui.dialog.setSize("large");
}

export const NO_SIDECAR = "The sidecar is not running: rozet-sidecar up";

function option(task: Task, { live, now }: Terminal) {
  const note = noteOf(task, now(), viewOf(live.run(), task));
  return {
    title: oneLine(`${lookOf(task.status).symbol} ${task.task_id} ${task.description}`, MAX_TITLE),
    value: task.task_id,
    footer: task.status,
    ...(note !== undefined && { description: oneLine(note, MAX_NOTE) }),
  };
}

type Choice = TaskAct | "open";

function actsDialog(terminal: Terminal, plan: Plan, task: Task): void {
  const { api } = terminal;
  const files = within(plan.directory, task.files);
  const options: Array<{ title: string; value: Choice; description: string }> = ACTS.filter(({ may }) =>
    may(task),
  ).map(({ act, title, description }) => ({ title, value: act, description }));
  if (files.length > 0) {
    options.push({
      title: "Open files",
      value: "open",
      description: oneLine(task.files.join(", "), MAX_NOTE),
    });
  }
  api.ui.dialog.replace(() =>
    api.ui.DialogSelect<Choice>({
      title: oneLine(`${task.task_id} ${task.status} · ${task.description}`, MAX_TITLE),
      skipFilter: true,
      options,
      onSelect: ({ value }) => {
        api.ui.dialog.clear();
        if (value === "open") void open(terminal, plan, task, files);
        else void act(terminal, plan, task, value);
      },
    }),
  );
}

async function act({ discovery, journal, live, told }: Terminal, plan: Plan, task: Task, wanted: TaskAct) {
  try {
    const { task: after } = await actOnTask(discovery, plan.plan_id, task.task_id, wanted);
    // Of a task that is in no run under way no frame tells.
    live.heard({ type: "task", plan_id: plan.plan_id, session_id: plan.session_id, task: after });
    journal.note(plan.session_id, "task_marked", {
      plan_id: plan.plan_id,
      task_id: task.task_id,
      act: wanted,
    });
    told.now("info", `${task.task_id} is ${after.status}`);
    live.refresh(true);
  } catch (error) {
    told.now("error", error instanceof SidecarError && error.said ? error.said : reason(error));
  }
}

async function open(
  { api, journal, told }: Terminal,
  plan: Plan,
  task: Task,
  files: string[],
): Promise<void> {
  const editor = process.env.VISUAL || process.env.EDITOR;
  if (!editor) {
    told.now("info", `Set EDITOR to open files here: ${files.join(", ")}`);
    return;
  }
  try {
    await edit(editor, files, plan.directory, api.renderer);
    journal.note(plan.session_id, "file_opened", { plan_id: plan.plan_id, task_id: task.task_id });
  } catch (error) {
    told.now("error", `${editor} cannot be started: ${reason(error)}`);
  }
}

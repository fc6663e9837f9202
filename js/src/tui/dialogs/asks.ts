import type { Ask, AskAnswer, AskQuestion } from "../../generated/types.ts";
import { answerAsk, type Word } from "../../sidecar/asks.ts";
import { reason, SidecarError } from "../../sidecar/request.ts";
import { askerOf } from "../asks.ts";
import { oneLine } from "../board.ts";
import { lasting } from "../clock.ts";
import { type Node, node, words } from "../nodes.ts";
import type { Terminal } from "../terminal.ts";

const MAX_LINE = 90;
/** Lines and characters of a command or a change that a dialog shows. */
const MAX_WHAT = 12;
const MAX_WHAT_CHARS = 1_200;

/** Lists what agents out of sight ask, the one to be answered next first. With one ask, that one is shown at once. */
export function asksDialog(terminal: Terminal): void {
  const { api, unseen, now, told } = terminal;
  const [first, ...others] = unseen();
  if (first === undefined) {
    api.ui.dialog.clear();
    told.now("info", "No agent waits for an answer that OpenCode does not show.");
  } else if (others.length === 0) {
    askDialog(terminal, first);
  } else {
    api.ui.dialog.replace(() =>
      api.ui.DialogSelect<Ask>({
        title: "What agents ask",
        options: unseen().map((ask) => ({
          title: oneLine(ask.title, MAX_LINE),
          value: ask,
          description: `${askerOf(ask)} · ${lasting(now() - ask.asked_at)}`,
        })),
        onSelect: ({ value }) => askDialog(terminal, value),
      }),
    );
  }
}

function askDialog(terminal: Terminal, ask: Ask): void {
  if (ask.kind === "question") questionDialog(terminal, ask, []);
  else permissionDialog(terminal, ask);
}

const ANSWERS: ReadonlyArray<{ answer: AskAnswer; title: string; description: string }> = [
  { answer: "once", title: "Allow once", description: "" },
  { answer: "always", title: "Allow always", description: "and what is like it, until OpenCode ends" },
  { answer: "reject", title: "Reject", description: "the agent is told" },
];

function permissionDialog(terminal: Terminal, ask: Ask): void {
  const { ui } = terminal.api;
  const select = () =>
    ui.DialogSelect<AskAnswer>({
      title: `${askerOf(ask)} asks for ${ask.permission}`,
      skipFilter: true,
      options: ANSWERS.map(({ answer, title, description }) => ({ title, value: answer, description })),
      onSelect: ({ value }) => {
        ui.dialog.clear();
        void answer(terminal, ask, { answer: value });
      },
    });
  ui.dialog.replace(
    () => node("box", { flexDirection: "column" }, select as never, details(terminal, ask)) as never,
  );
  ui.dialog.setSize("large");
}

/** What exactly is asked, by whom, and for how long: what a person needs to answer it. */
function details({ api, now }: Terminal, ask: Ask): Node {
  const theme = () => api.theme.current;
  const what = ask.command ?? ask.path ?? ask.patterns.join("\n");
  const session = api.state.session.get(ask.session_id)?.title;
  return node(
    "box",
    { flexDirection: "column", paddingLeft: 4, paddingRight: 4, paddingBottom: 1 },
    node("text", { wrapMode: "char" }, words(theme, "warning", clipped(what, MAX_WHAT))),
    ask.diff === undefined
      ? ""
      : node("text", { wrapMode: "char" }, words(theme, "text", clipped(ask.diff, MAX_WHAT))),
    node(
      "text",
      { wrapMode: "word" },
      words(theme, "textMuted", () =>
        [session, `waits: ${lasting(now() - ask.asked_at)}`, deadlineOf(ask, now())]
          .filter(Boolean)
          .join(" · "),
      ),
    ),
  );
}

function deadlineOf({ expires_at }: Ask, now: number): string {
  return expires_at === undefined ? "" : `denied in ${lasting(Math.max(10_000, expires_at - now))}`;
}

/** The beginning of a text, at most so many lines of a dialog. */
function clipped(text: string, lines: number): string {
  const all = text.slice(0, MAX_WHAT_CHARS).split("\n");
  const cut = all.length > lines || text.length > MAX_WHAT_CHARS;
  return `${all.slice(0, lines).join("\n")}${cut ? "\n…" : ""}`;
}

/** One question after the other; a free answer goes through OpenCode's own dialog for text. */
function questionDialog(terminal: Terminal, ask: Ask, answers: string[][]): void {
  const { api } = terminal;
  const { dialog } = api.ui;
  const question: AskQuestion | undefined = ask.questions[answers.length];
  const take = (chosen: string) => {
    const all = [...answers, [chosen]];
    if (all.length < ask.questions.length) {
      questionDialog(terminal, ask, all);
      return;
    }
    dialog.clear();
    void answer(terminal, ask, { answers: all });
  };
  if (question === undefined) return;
  const title = oneLine(`${askerOf(ask)} asks: ${question.question}`, MAX_LINE);
  if (question.options.length === 0) {
    dialog.replace(() => api.ui.DialogPrompt({ title, onConfirm: take }));
    return;
  }
  dialog.replace(() =>
    api.ui.DialogSelect<string>({
      title,
      skipFilter: true,
      options: question.options.map(({ label, description }) => ({
        title: label,
        value: label,
        ...(description !== undefined && { description }),
      })),
      onSelect: ({ value }) => take(value),
    }),
  );
}

/** Answers through the sidecar, so that it knows who did; else straight to OpenCode. Never throws. */
async function answer(
  { api, discovery, live, journal, told }: Terminal,
  ask: Ask,
  word: Word,
): Promise<void> {
  const note = (through: string) => {
    const answer = "answer" in word ? word.answer : "answered";
    journal.note(ask.session_id, "ask_answered", { ask_id: ask.ask_id, answer, through });
  };
  try {
    if (live.connected()) {
      try {
        await answerAsk(discovery, ask.ask_id, word);
        live.refresh(false);
        note("sidecar");
        return;
      } catch (error) {
        // Whatever else keeps the sidecar from it does not keep OpenCode from it.
        if (error instanceof SidecarError && error.status === 409) throw error;
      }
    }
    const directory = api.state.session.get(ask.session_id)?.directory;
    const at = { requestID: ask.ask_id, ...(directory !== undefined && { directory }) };
    const outcome =
      "answers" in word
        ? await api.client.question.reply({ ...at, answers: word.answers })
        : await api.client.permission.reply({ ...at, reply: word.answer });
    if (outcome.error !== undefined) throw new Error("nobody waits for it any more");
    note("opencode");
  } catch (error) {
    const why = error instanceof SidecarError && error.said ? error.said : reason(error);
    told.now("error", `The answer did not reach the agent: ${why}`);
  }
}

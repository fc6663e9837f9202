/** One project's day: an OpenCode with the plugin in it, and the sidecar that works for it. */
import { askOf, questionOf } from "./asking.js";
import { toolCall } from "./tools.js";

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
/** Characters of a thought and of a leaked block, more or less. */
const THOUGHT_CHARS = 900;

export class Project {
  events = [];
  /** What the tests may want to look at: `{ session, title, isOpen, planned }`. */
  sessions = [];

  constructor(about, directory, random) {
    this.about = about;
    this.directory = directory;
    this.random = random;
    this.plugin = `rozet-opencode.${random.between(2_000, 9_000)}.${random.id("p").slice(2, 10)}`;
    this.sidecar = `rozet-sidecar.${about.name}.${random.id("p").slice(2, 10)}`;
  }

  emit(at, session, type, payload, source = "rozet-opencode") {
    const isPlugin = source === "rozet-opencode";
    this.events.push({
      producer: isPlugin ? this.plugin : this.sidecar,
      source_app: source,
      session_id: session,
      hook_event_type: type,
      payload,
      timestamp: at,
      ...(isPlugin ? { model_name: this.about.model } : {}),
    });
  }

  /** A session with one prompt; returns when it was over, in milliseconds since 1970. */
  session(startMs, turn, endMs) {
    const { random } = this;
    const session = random.id("ses");
    let at = startMs;
    this.sessions.push({
      session,
      title: turn.prompt,
      isOpen: turn.isOpen === true,
      planned: turn.tasks !== undefined,
    });
    this.begin(at, session, { agent: "build", title: turn.prompt.slice(0, 40) });
    at += random.between(1, 4) * SECOND_MS;
    this.emit(at, session, "UserPromptSubmit", {
      prompt: turn.prompt,
      message_id: random.id("msg"),
      agent: "build",
      model: this.about.model,
    });
    if (turn.skip) {
      this.emit(at + 2, session, "PlanSkipped", { reason: turn.skip });
      return this.stop(at + random.between(2, 9) * SECOND_MS, session, 0.2);
    }
    this.emit(at + 3, session, "PlanRequested", {
      reason: "work in several steps",
      plan_id: `plan_${session}`,
    });
    at += random.between(2, 6) * SECOND_MS;
    const plan = this.plan(at, session, turn);
    at = this.tasks(at, session, plan, turn, endMs);
    if (turn.isOpen) return endMs;
    at = this.stop(at, session, 1 + plan.tasks.length);
    if (random.percent(60))
      this.emit(at + random.between(1, 5) * MINUTE_MS, session, "SessionEnd", { reason: "deleted" });
    return at;
  }

  begin(at, session, fields) {
    this.emit(at, session, "SessionStart", {
      directory: this.directory,
      model: this.about.model,
      plugin_version: "0.1.0",
      ...fields,
    });
  }

  plan(at, session, turn) {
    const plan_id = `plan_${session}`;
    const tasks = turn.tasks.map((description, index) => ({
      task_id: `T${index + 1}`,
      description,
      files: [this.about.files[index % this.about.files.length]],
      checks: [{ type: "command", command: this.about.test }],
      depends_on: index === 0 ? [] : [`T${index > 2 && index % 2 === 0 ? 1 : index}`],
      status: "planned",
      since: at,
      evidence: [],
    }));
    for (const [index, task] of tasks.entries())
      this.emit(
        at + index,
        session,
        "TaskPlanned",
        { plan_id, task_id: task.task_id, of: tasks.length, task },
        "rozet-sidecar",
      );
    return { plan_id, tasks };
  }

  /** Works at the tasks one after another, some of them in sessions of their own. */
  tasks(startMs, session, { plan_id, tasks }, turn, endMs) {
    const { random } = this;
    let at = startMs;
    for (const [index, task] of tasks.entries()) {
      const isLastOpen = turn.isOpen && index >= 2;
      if (turn.isOpen && index > 3) break;
      const worker = index < (turn.children ?? 0) ? random.id("ses") : session;
      if (worker !== session) this.child(at, session, worker, { plan_id, task });
      else this.emit(at, session, "TaskStarted", { plan_id, task_id: task.task_id, by: "build" });
      const calls = random.between(4, 12);
      for (let call = 0; call < calls; call++) {
        if (turn.isOpen && at > endMs - 20 * SECOND_MS) break;
        at += random.between(1, 9) * (turn.isOpen ? 400 : SECOND_MS);
        at = toolCall(this, at, worker, random.percent(6));
      }
      if (isLastOpen) {
        if (index === 2) this.openEnd(endMs, worker, session, turn, { plan_id, task });
        continue;
      }
      at += random.between(1, 3) * SECOND_MS;
      at = this.verdict(at, session, worker, { plan_id, task }, turn.fails === index);
    }
    return at;
  }

  /** A child session that works at one task. */
  child(at, session, child, { plan_id, task }) {
    const about = { plan_id, task_id: task.task_id, session_id: child, worker: "opencode" };
    this.emit(at, session, "TaskAssigned", about, "rozet-sidecar");
    this.emit(at + 5, session, "SubagentStart", { child_session_id: child, title: task.description });
    this.begin(at + 8, child, { agent: "rozet-worker", parent_id: session, title: task.description });
    this.emit(at + 12, child, "UserPromptSubmit", {
      prompt: `Do ${task.task_id}: ${task.description}`,
      agent: "rozet-worker",
    });
    this.emit(
      at + 20,
      session,
      "TaskStarted",
      { plan_id, task_id: task.task_id, by: "rozet-worker" },
      "rozet-sidecar",
    );
  }

  /** The claim, what the checks saw, and the end of a child. */
  verdict(startMs, session, worker, { plan_id, task }, fails) {
    const { random } = this;
    let at = startMs;
    const about = { plan_id, task_id: task.task_id };
    this.emit(at, session, "TaskClaimed", {
      ...about,
      by: worker === session ? "build" : "rozet-worker",
      statement: `${task.description}: done, and the tests pass.`,
    });
    at += random.between(1, 20) * SECOND_MS;
    const outcome = fails ? "failed" : "passed";
    const detail = fails
      ? `\`${this.about.test}\` exited with 1: 1 of 48 tests failed`
      : `\`${this.about.test}\` exited with 0`;
    const evidence = [
      { check: task.checks[0], outcome, detail, observed_at: at, duration_ms: random.between(300, 9_000) },
    ];
    const judged = { ...task, status: fails ? "failed" : "completed", since: at, evidence };
    this.emit(
      at,
      session,
      fails ? "TaskFailed" : "TaskCompleted",
      { ...about, task: judged, ...(fails ? { reason: detail } : {}) },
      "rozet-sidecar",
    );
    if (worker !== session) {
      at = this.stop(at + SECOND_MS, worker, 0.6);
      this.emit(at, session, "SubagentStop", { child_session_id: worker });
    }
    return at;
  }

  /** What goes on when the day ends: a tool that runs, a permission or a question that waits. */
  openEnd(endMs, worker, session, turn, { plan_id, task }) {
    if (turn.asks) askOf(this, endMs - 95 * SECOND_MS, worker, session);
    else if (turn.question) questionOf(this, endMs - 4 * MINUTE_MS, session);
    else {
      this.emit(endMs - 12 * SECOND_MS, worker, "ToolRequested", {
        tool: "bash",
        call_id: this.random.id("call"),
        args: { command: this.about.test, description: "Runs the tests" },
      });
      this.emit(
        endMs - 8 * SECOND_MS,
        session,
        "TaskBlocked",
        {
          plan_id,
          task_id: "T4",
          task: {
            ...task,
            task_id: "T4",
            status: "blocked",
            waits_for: { kind: "lock", what: this.about.files[1] },
          },
        },
        "rozet-sidecar",
      );
    }
  }

  /** The end of a turn, with what it used and what was hidden. `weight` says how long it was. */
  stop(at, session, weight) {
    const { random, about } = this;
    const input = Math.round(random.between(3_000, 9_000) * weight) + 800;
    const output = Math.round(random.between(300, 1_100) * weight) + 40;
    const cost = about.prices && {
      cost_usd: (input * about.prices.input + output * about.prices.output) / 1_000_000,
    };
    const thoughts = random.between(0, 4);
    const leaked = random.percent(25) ? 1 : 0;
    this.emit(at, session, "Stop", {
      usage: {
        input_tokens: input,
        output_tokens: output,
        cache_read_tokens: Math.round(input * 0.6),
        ...cost,
      },
      hidden: {
        reasoning_parts: thoughts,
        reasoning_chars: thoughts * THOUGHT_CHARS,
        leaked_blocks: leaked,
        leaked_chars: leaked * 420,
      },
      said: {
        texts: 1,
        chars: 220,
        head: "Done. The tests pass, and the change is as small as it could be.",
      },
    });
    return at;
  }
}

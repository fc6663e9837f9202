import { join } from "node:path";
import type { PluginInput } from "@opencode-ai/plugin";
import { Core } from "../core/core.ts";
import type { CoreLoader } from "../core/load.ts";
import { Delivery, type DeliveryListener } from "../delivery/delivery.ts";
import { Mask } from "../delivery/mask.ts";
import { Spool } from "../delivery/spool.ts";
import { type Env, stateFolder } from "../folders.ts";
import type { Effect, Input, LinkFrame, PlanRequest } from "../generated/types.ts";
import { Meter } from "../guard.ts";
import { Notices } from "../notice.ts";
import { producerName } from "../producer.ts";
import type { Settings } from "../settings.ts";
import { Calls } from "../sidecar/calls.ts";
import { Discovery } from "../sidecar/discovery.ts";
import { Link, type LinkListener } from "../sidecar/link.ts";
import { askForPlan, cancelPlan, newestPlan } from "../sidecar/plans.ts";
import { reason, SidecarError } from "../sidecar/request.ts";
import { runNow, startRun } from "../sidecar/runs.ts";
import { VERSION } from "../version.ts";
import { decoded, OpenCodeApi } from "./api.ts";
import { isRecord } from "./clip.ts";
import { Contract, type Relied } from "./contract.ts";
import { OwnSessions } from "./own.ts";
import { Sessions } from "./sessions.ts";
import { Waits } from "./waits.ts";

const FINAL_FLUSH_MS = 200;
const REMOVE_TIMEOUT_MS = 5_000;
const VERSION_TIMEOUT_MS = 5_000;
/** Longest wait for what the sidecar makes of a claim. */
const VERDICT_MS = 10_000;
const BROKEN =
  "Rozet is degraded: a part of it broke down, and plans, tasks or events of this session may be incomplete. " +
  "OpenCode itself works as always. If it happens again, start OpenCode anew; its log says what broke.";
/** States of a task that are a verdict. */
const VERDICTS = new Set(["completed", "failed", "blocked", "cancelled"]);
/** Hooks on which every setting relies. */
const RELIED: readonly Relied[] = [
  "chat.message",
  "chat.params",
  "config",
  "event",
  "experimental.chat.system.transform",
  "experimental.session.compacting",
  "experimental.text.complete",
  "tool.definition",
  "tool.execute.after",
  "tool.execute.before",
];

/** What a hook lets the core change. */
export interface Target {
  /** Grows by texts for the model. */
  system?: string[];
  /** Gets keys set. */
  options?: Record<string, unknown>;
  /** Gets its text replaced. */
  output?: { text: string };
  /** Gets what a tool answers. */
  answer?: Answer;
}

/** What the core answers a tool. */
export type Answer = Extract<Effect, { type: "answer" }>;

/** The core's wish that the hook wait. */
export type AwaitPlan = Extract<Effect, { type: "await_plan" }>;
type StartRun = Extract<Effect, { type: "start_run" }>;
type RemovePart = Extract<Effect, { type: "remove_part" }>;

/** Carries out what the core decides: the one place where inputs go in and effects come out. */
export class Host {
  readonly meter = new Meter();
  readonly sessions = new Sessions();
  /** Sessions that Rozet itself made. */
  readonly own = new OwnSessions();
  readonly notices: Notices;
  readonly core: Core;
  /** Whether OpenCode calls the hooks that everything here relies on. */
  readonly contract: Contract;
  /** From the factory's call to its return, in milliseconds. */
  factoryMs = 0;
  readonly discovery: Discovery;
  readonly api: OpenCodeApi;
  /** Set when OpenCode closes. */
  readonly closing: AbortSignal;
  readonly #close = new AbortController();
  readonly #producer: string;
  readonly #delivery: Delivery;
  readonly #link: Link;
  readonly #calls: Calls;
  readonly #waits = new Waits();
  /** Plans whose request is under way. */
  readonly #asking = new Set<string>();
  /** What sessions asked of the sidecar, while it is not answered. */
  readonly #outgoing = new Map<string, Promise<void>>();
  #begun = false;
  #knowsVersion = false;

  constructor(
    context: PluginInput,
    private readonly settings: Settings,
    env: Env,
    load: CoreLoader,
  ) {
    const producer = producerName("rozet-opencode");
    this.#producer = producer;
    this.closing = this.#close.signal;
    const state = stateFolder(env);
    this.notices = new Notices(context.client);
    this.core = new Core(
      load,
      { producer, directory: context.directory, version: VERSION, settings: settings.core },
      (message) => this.broke(message),
    );
    this.discovery = new Discovery(state);
    const spool = new Spool(join(state, "spool"), producer);
    const hears: DeliveryListener = {
      unreachable: (reason) => this.feed({ type: "sidecar_unreachable", reason }),
      trouble: (message) => this.notices.show("warning", message),
    };
    const mask = new Mask(this.core.secretsOf(env));
    this.#delivery = new Delivery(producer, spool, this.discovery, hears, mask);
    this.api = new OpenCodeApi(context.client, context.directory);
    this.#calls = new Calls(
      this.api,
      this.own,
      this.discovery,
      (message) => this.fault(message),
      (sessionId, parentId) => this.sessions.note(sessionId, parentId),
    );
    const relied = new Set(RELIED);
    if (settings.core.thinking === "remove") relied.add("experimental.chat.messages.transform");
    this.contract = new Contract(relied, (session_id, hook, what) =>
      this.feed({ type: "degraded", session_id, hook, what }),
    );
    const listener: LinkListener = {
      frame: (frame) => this.#frame(frame),
      connected: (on) => on && this.#delivery.wake(),
    };
    this.#link = new Link(producer, this.discovery, listener, context.directory);
  }

  /** Starts what reaches outside, at the first sign of a session; later, looks whether the sidecar has come up. */
  begin(): void {
    if (!this.#begun) {
      this.#begun = true;
      if (this.settings.problems.length > 0) this.notices.show("warning", this.settings.problems.join(" "));
      setImmediate(() => void this.#askVersion());
    }
    if (this.settings.core.plan) this.#link.start();
    this.#delivery.wake();
  }

  /** Takes in the version of the OpenCode that this is. */
  noteVersion(version: unknown): void {
    if (this.#knowsVersion || typeof version !== "string" || version === "") return;
    this.#knowsVersion = true;
    this.feed({ type: "host_version", version: version.slice(0, 64) });
  }

  /** A session goes on that was not begun here: it may have a plan. */
  resume(sessionId: string): void {
    if (!this.settings.core.plan) return;
    this.sessions.notePlan(sessionId);
    setImmediate(() => this.#catchUpWith(sessionId));
  }

  /** Hands a call of `rozet_task` to the core. */
  taskCall(session_id: string, args: Record<string, unknown>): Answer | undefined {
    const target: Target = {};
    this.feed({ type: "task_tool", session_id, args }, target);
    return target.answer;
  }

  /** What became of a claim, after a wait for it. */
  async taskVerdict(session_id: string, task_id: string, signal: AbortSignal): Promise<Answer | undefined> {
    const name = verdictName(session_id, task_id);
    const ended = () => this.#waits.settle(name);
    signal.addEventListener("abort", ended, { once: true });
    try {
      if (this.#link.isOpen && !signal.aborted) await this.#waits.wait(name, VERDICT_MS);
    } finally {
      signal.removeEventListener("abort", ended);
    }
    const target: Target = {};
    this.feed({ type: "task_verdict", session_id, task_id }, target);
    return target.answer;
  }

  /** Counts an event of OpenCode of which nothing is made, when it is a piece of what is streamed. */
  pass(type: unknown): void {
    if (typeof type === "string" && type.startsWith("message.part.")) this.#delivery.coalesced += 1;
  }

  /** Passes an input to the core and does what it wants; returns the wish to wait, which only a hook can fulfil. */
  feed(input: Input, target: Target = {}): AwaitPlan | undefined {
    const restarts = this.core.restarts;
    let wait: AwaitPlan | undefined;
    for (const effect of this.core.handle(input)) {
      if (effect.type === "await_plan") wait = effect;
      else this.#apply(effect, target);
    }
    if (this.core.restarts !== restarts) this.#catchUp();
    return wait;
  }

  /** Waits for a plan, outside of the hook's measured time. */
  async waitForPlan(wish: AwaitPlan): Promise<void> {
    const started = performance.now();
    await this.#waits.wait(wish.plan_id, Math.min(wish.wait_ms, this.settings.core.plan_wait_ms));
    this.meter.planWaitMs += performance.now() - started;
  }

  /** Resolves when what the session asked of the sidecar has been answered. */
  async answered(sessionId: string): Promise<void> {
    await this.#outgoing.get(sessionId);
  }

  /** Whether the sidecar hears what agents ask for, shows it to the person, and denies it when nobody answers. */
  get asksAreHeard(): boolean {
    return this.settings.observability && this.#link.isOpen;
  }

  /** Refuses, in a later turn of the loop, what a worker asks the person for. */
  refuse(requestId: string): void {
    setImmediate(() => this.#calls.refuse(requestId));
  }

  /** Notes a fault in OpenCode's log. */
  fault(message: string): void {
    this.notices.log("error", message);
  }

  /** Something of Rozet's own broke: noted, and said once. */
  broke(message: string): void {
    this.fault(message);
    this.notices.show("warning", BROKEN);
  }

  /** Ends everything; the last events are in the spool before the first await. */
  async close(): Promise<void> {
    if (this.#begun) {
      const overhead = this.meter.overhead(this.factoryMs, this.core.restarts);
      this.feed({ type: "dispose", overhead });
    }
    this.#close.abort();
    this.#waits.settleAll();
    this.#calls.close();
    this.#link.close();
    await this.#delivery.close(FINAL_FLUSH_MS);
  }

  #apply(effect: Effect, target: Target): void {
    switch (effect.type) {
      case "emit":
        if (!this.settings.observability) break;
        if (this.settings.app !== undefined) effect.event.source_app = this.settings.app;
        this.#delivery.accept(effect.event);
        break;
      case "request_plan":
        this.sessions.notePlan(effect.request.session_id);
        this.#asking.add(effect.request.plan_id);
        this.#send(effect.request.session_id, () => this.#requestPlan(effect.request));
        break;
      case "start_run":
        this.sessions.notePlan(effect.session_id);
        this.#send(effect.session_id, () => this.#startRun(effect));
        break;
      case "cancel_plan":
        this.#waits.settle(effect.plan_id);
        // What is being asked for is cancelled when the sidecar knows of it.
        if (this.#asking.delete(effect.plan_id)) break;
        setImmediate(() => void cancelPlan(this.discovery, effect.plan_id));
        break;
      case "append_system":
        target.system?.push(effect.text);
        break;
      case "set_options":
        if (target.options) Object.assign(target.options, effect.options);
        break;
      case "set_text":
        if (target.output) target.output.text = effect.text;
        break;
      case "answer":
        target.answer = effect;
        break;
      case "remove_part":
        setImmediate(() => void this.#removePart(effect));
        break;
      case "notice":
        this.notices.show(effect.level, effect.message);
        break;
    }
  }

  /** Even the start of a request costs more than a hook may take: it leaves in a later turn of the loop. */
  #send(sessionId: string, ask: () => Promise<void>): void {
    const sent = new Promise<void>((resolve) => setImmediate(() => void ask().finally(resolve)));
    this.#outgoing.set(sessionId, sent);
    void sent.then(() => this.#outgoing.get(sessionId) === sent && this.#outgoing.delete(sessionId));
  }

  async #startRun({ session_id, session_model }: StartRun): Promise<void> {
    // What becomes of the run is told over the link, also where plans are off.
    this.#link.start();
    try {
      const producer = this.#producer;
      await startRun(this.discovery, { session_id, producer, ...(session_model && { session_model }) });
    } catch (error) {
      const why = error instanceof SidecarError && error.said ? error.said : reason(error);
      this.feed({ type: "run_unavailable", session_id, reason: why });
    }
  }

  async #requestPlan(request: PlanRequest): Promise<void> {
    const { session_id, plan_id } = request;
    if (!this.#asking.has(plan_id)) return;
    // A prompt that asks for a plan gets one even where plans are off.
    this.#link.start();
    try {
      await askForPlan(this.discovery, this.#link, request);
    } catch (error) {
      if (this.#asking.has(plan_id)) {
        this.feed({ type: "plan_unavailable", session_id, plan_id, reason: reason(error) });
        this.#waits.settle(plan_id);
      }
    }
    if (!this.#asking.delete(plan_id)) void cancelPlan(this.discovery, plan_id);
  }

  #frame(frame: LinkFrame): void {
    try {
      if (frame.type === "call") {
        this.#calls.take(frame.call);
        return;
      }
      if (frame.type === "plan" && !this.sessions.has(frame.plan.session_id)) return;
      if (frame.type === "task" && !this.sessions.has(frame.session_id)) return;
      if (frame.type === "run" && !this.sessions.has(frame.run.session_id)) return;
      this.feed({ type: "link", frame });
      if (frame.type === "plan") this.#waits.settle(frame.plan.plan_id);
      if (frame.type === "task" && VERDICTS.has(frame.task.status)) {
        this.#waits.settle(verdictName(frame.session_id, frame.task.task_id));
      }
      // Frames are not repeated: what was missed while the link was down is asked for.
      if (frame.type === "hello" || frame.type === "resync") this.#catchUp();
    } catch (error) {
      this.fault(`link frame: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #catchUp(): void {
    for (const sessionId of this.sessions.planned()) this.#catchUpWith(sessionId);
  }

  #catchUpWith(sessionId: string): void {
    void newestPlan(this.discovery, sessionId).then((plan) => {
      if (plan === undefined) return;
      this.#frame({ type: "plan", plan });
      if (this.settings.core.execute !== false) void this.#catchUpRun(sessionId);
    });
  }

  async #removePart({ session_id, message_id, part_id }: RemovePart): Promise<void> {
    const [session, message, part] = [session_id, message_id, part_id].map(encodeURIComponent);
    const path = `/session/${session}/message/${message}/part/${part}`;
    const signal = AbortSignal.any([this.closing, AbortSignal.timeout(REMOVE_TIMEOUT_MS)]);
    try {
      const { status } = await this.api.ask({ method: "DELETE", path }, signal);
      if (status > 299 && status !== 404) throw new Error(`OpenCode answered ${status}`);
    } catch (error) {
      if (!this.closing.aborted) this.fault(`thinking could not be removed: ${reason(error)}`);
    }
  }

  /** Sessions that are made here say it themselves, at once. */
  async #askVersion(): Promise<void> {
    if (this.#knowsVersion) return;
    const signal = AbortSignal.any([this.closing, AbortSignal.timeout(VERSION_TIMEOUT_MS)]);
    const answer = await this.api
      .ask({ method: "GET", path: "/global/health" }, signal)
      .catch(() => undefined);
    const health = decoded(answer?.text ?? "");
    if (isRecord(health)) this.noteVersion(health.version);
  }

  /** Tells the core of a run whose beginning or end was missed. */
  async #catchUpRun(session_id: string): Promise<void> {
    const progress = await runNow(this.discovery, session_id).catch(() => undefined);
    if (progress === undefined) return;
    const { run_id, plan_id, status, title, report: note } = progress;
    if (run_id === undefined || plan_id === undefined || status === undefined) return;
    const run = { run_id, plan_id, session_id, status, note, ...(progress.done && { toast: title }) };
    this.#frame({ type: "run", run });
  }
}

function verdictName(sessionId: string, taskId: string): string {
  return `${sessionId} ${taskId}`;
}

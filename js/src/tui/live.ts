import { batch, createSignal } from "solid-js";
import type { Ask, LinkFrame, Plan, RunView, SessionUsage } from "../generated/types.ts";
import { waitingAsks } from "../sidecar/asks.ts";
import type { Discovery } from "../sidecar/discovery.ts";
import { Link } from "../sidecar/link.ts";
import { newestPlan } from "../sidecar/plans.ts";
import { runView } from "../sidecar/runs.ts";
import { sessionView, turnEnds } from "../sidecar/sessions.ts";
import { nextPlan } from "./board.ts";
import { type Hidden, hiddenIn } from "./usage.ts";

/** Frames come in bursts, and the sidecar counts a turn a moment after OpenCode has ended it. */
const SETTLES_MS = 300;

/** What the sidecar knows of the session on screen, as signals. It is away most gracefully: then all stay as they were. */
export class Live {
  /** Whether the sidecar answers. */
  readonly connected = signal(false);
  /** Where it answers. */
  readonly address = signal("");
  /** Its version, as it said last. */
  readonly version = signal<string | undefined>(undefined);
  /** The session's newest plan. */
  readonly plan = signal<Plan | undefined>(undefined);
  /** The run of that plan. */
  readonly run = signal<RunView | undefined>(undefined);
  /** What the session and its descendants used. */
  readonly usage = signal<SessionUsage | undefined>(undefined);
  /** What was hidden in them; undefined when the sidecar cannot say. */
  readonly hidden = signal<Hidden | undefined>(undefined);
  /** What waits for a person in the session's tree, in whichever OpenCode. */
  readonly asks = signal<readonly Ask[]>([]);

  readonly #link: Link;
  #sessionId: string | undefined;
  #runId: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #whole = false;

  constructor(
    producer: string,
    private readonly discovery: Discovery,
  ) {
    this.#link = new Link(producer, discovery, {
      frame: (frame) => this.heard(frame),
      connected: (on) => {
        this.address.set(discovery.find()?.url ?? "");
        this.connected.set(on);
      },
    });
  }

  /** Begins to listen. */
  start(): void {
    this.#link.start();
  }

  /** Shows another session, or none. */
  follow(sessionId: string | undefined): void {
    if (sessionId === this.#sessionId) return;
    this.#sessionId = sessionId;
    this.#runId = undefined;
    batch(() => {
      this.plan.set(undefined);
      this.run.set(undefined);
      this.usage.set(undefined);
      this.hidden.set(undefined);
      this.asks.set([]);
    });
    this.#link.follow(sessionId);
  }

  /** Asks, in a moment, for what is not sent by itself: how the run goes; the whole session too when a turn has ended. */
  refresh(whole: boolean): void {
    if (this.#sessionId === undefined || !this.#link.isOpen) return;
    this.#whole ||= whole;
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const all = this.#whole;
      this.#whole = false;
      void this.#ask(all);
    }, SETTLES_MS);
    this.#timer.unref();
  }

  /** Ends it for good. */
  close(): void {
    clearTimeout(this.#timer);
    this.#link.close();
  }

  /** Takes what the sidecar tells, over the link or in an answer. */
  heard(frame: LinkFrame): void {
    if (frame.type === "hello") {
      this.version.set(frame.version);
      this.refresh(true);
      return;
    }
    if (frame.type === "resync") {
      const sessionId = this.#sessionId;
      if (sessionId === undefined) return;
      void newestPlan(this.discovery, sessionId).then((plan) => plan && this.heard({ type: "plan", plan }));
      this.refresh(true);
      return;
    }
    if (frame.type === "run") {
      if (frame.run.session_id !== this.#sessionId) return;
      this.#runId = frame.run.run_id;
      this.refresh(frame.run.status !== "running");
      return;
    }
    this.plan.set((shown) => nextPlan(shown, frame, this.#sessionId));
    // What a task waits for may be an ask, and a worker's activity comes with the run.
    if (frame.type === "task" && (this.#runId !== undefined || frame.task.status === "blocked"))
      this.refresh(false);
  }

  async #ask(whole: boolean): Promise<void> {
    const sessionId = this.#sessionId;
    if (sessionId === undefined) return;
    const asks = waitingAsks(this.discovery, sessionId);
    const ends = whole ? turnEnds(this.discovery, sessionId) : undefined;
    const view = whole ? await sessionView(this.discovery, sessionId) : undefined;
    if (sessionId !== this.#sessionId) return;
    if (view?.run !== undefined) this.#runId = view.run.run_id;
    const run = this.#runId === undefined ? undefined : await runView(this.discovery, this.#runId);
    const [waiting, payloads] = [await asks, await ends];
    if (sessionId !== this.#sessionId) return;
    batch(() => {
      if (view !== undefined) this.usage.set(view.usage);
      if (run !== undefined) this.run.set(run);
      if (payloads !== undefined) this.hidden.set(hiddenIn(payloads));
      this.asks.set(waiting);
    });
  }
}

/** A value that views follow when they call it. */
export interface Signal<T> {
  (): T;
  set: (value: T | ((before: T) => T)) => void;
}

function signal<T>(first: T): Signal<T> {
  const [read, write] = createSignal<T>(first);
  const both = (() => read()) as Signal<T>;
  both.set = (value) => void write(value as never);
  return both;
}

import type { LinkFrame } from "../generated/types.ts";
import { Backoff } from "./backoff.ts";
import type { Discovery } from "./discovery.ts";
import { send } from "./request.ts";
import { SseParser } from "./sse.ts";

const CONNECT_TIMEOUT_MS = 5_000;
/** The sidecar sends a comment every 15 s; three missing ones mean that it is gone. */
const SILENCE_MS = 45_000;
const HEALTHY_MS = 5_000;

/** Who hears what comes over the link. Neither may throw. */
export interface LinkListener {
  /** A frame came. */
  frame(frame: LinkFrame): void;
  /** The connection was made or lost. */
  connected(on: boolean): void;
}

/** The stream of frames from the sidecar, connected again and again until it is closed. Never throws, never awaited. */
export class Link {
  #state: "idle" | "running" | "closed" = "idle";
  #open = false;
  #connection: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #sessionId: string | undefined;
  #waiting: Array<() => void> = [];
  readonly #backoff = new Backoff(500, 10_000);

  constructor(
    private readonly producer: string,
    private readonly discovery: Discovery,
    private readonly listener: LinkListener,
    /** The directory whose OpenCode can be called through this link; none when calls are not taken. */
    private readonly callsIn?: string,
  ) {}

  /** Whether frames can come now. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** Connects, if that has not begun; during a pause, tries at once when the sidecar can be found. */
  start(): void {
    if (this.#state === "idle") {
      this.#state = "running";
      this.#schedule(0);
    } else if (
      this.#state === "running" &&
      this.#timer !== undefined &&
      this.discovery.find() !== undefined
    ) {
      this.#schedule(0);
    }
  }

  /** Wants the frames of one session, its plans repeated first; undefined for those of all. */
  follow(sessionId: string | undefined): void {
    if (sessionId === this.#sessionId) return;
    this.#sessionId = sessionId;
    if (this.#state !== "running") return;
    this.#backoff.reset();
    if (this.#connection === undefined) this.#schedule(0);
    else this.#connection.abort();
  }

  /** Resolves when the link is open, or after `ms`; says whether it is. */
  async opened(ms: number): Promise<boolean> {
    if (this.#open || this.#state !== "running") return this.#open;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    return this.#open;
  }

  /** Ends the connection for good. */
  close(): void {
    this.#state = "closed";
    clearTimeout(this.#timer);
    this.#connection?.abort();
    this.#settle(false);
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#connect();
    }, ms);
    this.#timer.unref();
  }

  async #connect(): Promise<void> {
    if (this.#state !== "running" || this.#connection !== undefined) return;
    const connection = new AbortController();
    this.#connection = connection;
    const wanted = this.#sessionId;
    const started = Date.now();
    try {
      await this.#read(connection);
    } catch {
      this.discovery.forget();
    }
    connection.abort();
    this.#connection = undefined;
    this.#settle(false);
    if (this.#state !== "running") return;
    if (Date.now() - started > HEALTHY_MS) this.#backoff.reset();
    this.#schedule(wanted === this.#sessionId ? this.#backoff.next() : 0);
  }

  async #read(connection: AbortController): Promise<void> {
    const endpoint = this.discovery.find();
    if (endpoint === undefined) return;
    let timer = deadline(connection, CONNECT_TIMEOUT_MS);
    try {
      const query = new URLSearchParams({ producer: this.producer });
      if (this.#sessionId !== undefined) query.set("session_id", this.#sessionId);
      if (this.callsIn !== undefined) {
        query.set("calls", "1");
        query.set("directory", this.callsIn);
      }
      const response = await send(endpoint, { method: "GET", path: `/v1/link?${query}` }, connection.signal);
      if (!response.ok || response.body === null) throw new Error(`the link was answered ${response.status}`);
      const parser = new SseParser();
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        clearTimeout(timer);
        timer = deadline(connection, SILENCE_MS);
        for (const data of parser.push(chunk)) this.#take(data);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #take(data: string): void {
    let frame: LinkFrame;
    try {
      frame = JSON.parse(data) as LinkFrame;
    } catch {
      return;
    }
    if (typeof frame !== "object" || frame === null) return;
    if (frame.type === "hello") this.#settle(true);
    this.listener.frame(frame);
  }

  #settle(open: boolean): void {
    const changed = this.#open !== open;
    this.#open = open;
    if (open || this.#state === "closed") for (const resolve of this.#waiting.splice(0)) resolve();
    if (changed) this.listener.connected(open);
  }
}

function deadline(connection: AbortController, ms: number): NodeJS.Timeout {
  const timer = setTimeout(() => connection.abort(), ms);
  timer.unref();
  return timer;
}

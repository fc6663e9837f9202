import { backoffMs } from "./backoff";

export type ConnectionState =
  | { kind: "connecting" }
  | { kind: "live" }
  /** `retryAt` is in milliseconds since 1970; undefined while an attempt is under way. */
  | { kind: "reconnecting" | "lost"; attempt: number; retryAt: number | undefined };

/** After so many failed attempts in a row the page says that the connection is lost; it still tries. */
export const LOST_AFTER_ATTEMPTS = 5;

/** An attempt that has not opened by then is given up, in milliseconds. */
const OPEN_DEADLINE_MS = 10_000;

export interface ConnectionEvents {
  open: () => WebSocket;
  message: (data: unknown) => void;
  state: (state: ConnectionState) => void;
}

/** Keeps one WebSocket open: a closed one is opened again after a growing wait. */
export class Connection {
  private socket: WebSocket | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private state: ConnectionState = { kind: "connecting" };

  constructor(
    private readonly events: ConnectionEvents,
    private readonly random: () => number = Math.random,
  ) {}

  start(): void {
    this.enter({ kind: "connecting" });
    this.attempt();
  }

  /** Ends the wait for the next attempt. */
  retryNow(): void {
    if (!this.isWaiting()) return;
    clearTimeout(this.timer);
    this.retry();
  }

  stop(): void {
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = undefined;
    socket?.close();
  }

  private isWaiting(): boolean {
    return "retryAt" in this.state && this.state.retryAt !== undefined;
  }

  private attempt(): void {
    const socket = this.events.open();
    this.socket = socket;
    this.timer = setTimeout(() => this.failed(socket), OPEN_DEADLINE_MS);
    socket.onopen = () => this.opened(socket);
    socket.onmessage = (message) => {
      if (socket === this.socket) this.events.message(message.data);
    };
    socket.onclose = () => this.failed(socket);
  }

  private opened(socket: WebSocket): void {
    if (socket !== this.socket) return;
    clearTimeout(this.timer);
    this.failures = 0;
    this.enter({ kind: "live" });
  }

  /** The deadline and the close of one socket may both come: only the first counts. */
  private failed(socket: WebSocket): void {
    if (socket !== this.socket) return;
    this.socket = undefined;
    clearTimeout(this.timer);
    socket.close();
    this.failures += 1;
    const waitMs = backoffMs(this.failures, this.random());
    this.timer = setTimeout(() => this.retry(), waitMs);
    this.enterTrying(Date.now() + waitMs);
  }

  private retry(): void {
    this.enterTrying(undefined);
    this.attempt();
  }

  private enterTrying(retryAt: number | undefined): void {
    const kind = this.failures >= LOST_AFTER_ATTEMPTS ? "lost" : "reconnecting";
    this.enter({ kind, attempt: this.failures, retryAt });
  }

  private enter(state: ConnectionState): void {
    this.state = state;
    this.events.state(state);
  }
}

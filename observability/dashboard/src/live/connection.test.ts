import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeSocket } from "../testing/socket";
import { backoffMs } from "./backoff";
import { Connection, type ConnectionState, LOST_AFTER_ATTEMPTS } from "./connection";

let sockets: FakeSocket[];
let states: ConnectionState[];
let messages: unknown[];
let connection: Connection;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_800_000_000_000 });
  sockets = [];
  states = [];
  messages = [];
  connection = new Connection(
    {
      open: () => FakeSocket.into(sockets),
      message: (data) => messages.push(data),
      state: (state) => states.push(state),
    },
    () => 0.5,
  );
});

afterEach(() => {
  connection.stop();
  vi.useRealTimers();
});

function newest(): FakeSocket {
  const socket = sockets.at(-1);
  if (!socket) throw new Error("no socket was opened");
  return socket;
}

describe("backoff", () => {
  it("doubles to a bound, half of it by chance", () => {
    expect([1, 2, 3, 6, 50].map((attempt) => backoffMs(attempt, 0))).toEqual([250, 500, 1_000, 7_500, 7_500]);
    expect([1, 2, 3, 6, 50].map((attempt) => backoffMs(attempt, 1))).toEqual([
      500, 1_000, 2_000, 15_000, 15_000,
    ]);
  });
});

describe("a connection", () => {
  it("is live once open, and passes messages on", () => {
    connection.start();
    expect(states).toEqual([{ kind: "connecting" }]);
    newest().accept();
    newest().say("hello");
    expect(states.at(-1)).toEqual({ kind: "live" });
    expect(messages).toEqual(["hello"]);
  });

  it("says when it tries again, and comes back by itself", () => {
    connection.start();
    newest().accept();
    newest().drop();
    expect(states.at(-1)).toEqual({ kind: "reconnecting", attempt: 1, retryAt: Date.now() + 375 });
    vi.advanceTimersByTime(374);
    expect(sockets).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(sockets).toHaveLength(2);
    expect(states.at(-1)).toEqual({ kind: "reconnecting", attempt: 1, retryAt: undefined });
    newest().accept();
    expect(states.at(-1)).toEqual({ kind: "live" });
  });

  it("says that it is lost after failures in a row, keeps trying, and forgets them once live", () => {
    connection.start();
    for (let attempt = 1; attempt <= LOST_AFTER_ATTEMPTS; attempt++) {
      expect(states.at(-1)?.kind).not.toBe("lost");
      newest().drop();
      if (attempt < LOST_AFTER_ATTEMPTS) vi.advanceTimersByTime(4_000);
    }
    expect(states.at(-1)).toMatchObject({ kind: "lost", attempt: LOST_AFTER_ATTEMPTS });
    vi.advanceTimersByTime(15_000);
    newest().accept();
    newest().drop();
    expect(states.at(-1)).toMatchObject({ kind: "reconnecting", attempt: 1 });
  });

  it("can be told not to wait, and does not open two sockets", () => {
    connection.start();
    newest().drop();
    connection.retryNow();
    connection.retryNow();
    expect(sockets).toHaveLength(2);
    newest().accept();
    connection.retryNow();
    vi.advanceTimersByTime(60_000);
    expect(sockets).toHaveLength(2);
  });

  it("gives up an attempt that never opens, and ignores what that socket does later", () => {
    connection.start();
    const first = newest();
    vi.advanceTimersByTime(10_000);
    expect(first.closed).toBe(true);
    expect(states.at(-1)).toMatchObject({ kind: "reconnecting", attempt: 1 });
    vi.advanceTimersByTime(500);
    newest().accept();
    first.drop();
    first.say("late");
    expect(states.at(-1)).toEqual({ kind: "live" });
    expect(messages).toEqual([]);
  });

  it("stays closed once stopped", () => {
    connection.start();
    newest().accept();
    connection.stop();
    newest().drop();
    vi.advanceTimersByTime(60_000);
    expect(sockets).toHaveLength(1);
  });
});

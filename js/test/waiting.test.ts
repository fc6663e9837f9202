import { expect, test } from "bun:test";
import { OpenCodeApi } from "../src/host/api.ts";
import { Discovery } from "../src/sidecar/discovery.ts";
import { statusTool, type Waiting, waitTool } from "../src/tools/waiting.ts";
import { context as plugin } from "./support/opencode.ts";
import { Place, until } from "./support/place.ts";
import { FakeSidecar } from "./support/sidecar.ts";
import { call, Events, progress, run } from "./support/tools.ts";

/** A sidecar with a run, and an OpenCode in which one call is under way. */
class Bench implements AsyncDisposable {
  readonly place = new Place();
  sidecar = new FakeSidecar(this.place.path);
  readonly streams: Events[] = [];
  readonly cancelled: string[] = [];
  readonly titles: string[] = [];
  readonly closing = new AbortController();
  readonly turn = new AbortController();
  now: Response | undefined;
  part = { id: "prt_1", callID: "call_1", type: "tool", state: { status: "running", input: {} } };
  readonly waiting: Waiting;

  constructor(answered: Waiting["answered"] = async () => {}) {
    this.serve();
    const { client } = plugin("/w", undefined, async (request) => {
      if (request.method === "GET") return Response.json({ info: {}, parts: [{ id: "prt_0" }, this.part] });
      const { state } = (await request.json()) as { state: { title: string } };
      this.titles.push(`${new URL(request.url).pathname} ${state.title}`);
      return Response.json({});
    });
    this.waiting = {
      discovery: new Discovery(this.place.path),
      api: new OpenCodeApi(client, "/w"),
      answered,
      closing: this.closing.signal,
      patience: { awayMs: 300 },
    };
  }

  serve(): void {
    this.sidecar.override = (path) => {
      if (path === "/v1/sessions/s1/run/progress") {
        const events = new Events();
        this.streams.push(events);
        return events.response;
      }
      if (path === "/v1/sessions/s1/run") return this.now?.clone() as Response | undefined;
      const id = /^\/v1\/runs\/([^/]+)\/cancel$/.exec(path)?.[1];
      if (id === undefined) return undefined;
      this.cancelled.push(id);
      return Response.json({});
    };
  }

  /** Begins to wait; the outcome as text, prefixed when it is an error. */
  wait(): Promise<string> {
    return run(waitTool(this.waiting), {}, call(this.turn.signal).context).then(
      ({ title, output }) => `${title} | ${output}`,
      (error: Error) => `error: ${error.message}`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sidecar.stop();
    this.place[Symbol.dispose]();
  }
}

test("the wait shows how the run goes and returns its result", async () => {
  await using bench = new Bench();
  const outcome = bench.wait();
  await until(() => bench.streams.length === 1);
  bench.streams[0]?.send({ title: "planning", report: "no plan yet", done: false });
  await until(() => bench.titles.length === 1);
  for (const title of ["0 of 2 done", "1 of 2 done"]) bench.streams[0]?.send(progress(title));
  await until(() => bench.titles.length === 2);
  expect(bench.titles).toEqual([
    "/session/s1/message/msg_1/part/prt_1 planning",
    "/session/s1/message/msg_1/part/prt_1 1 of 2 done",
  ]);
  bench.streams[0]?.send(progress("2 of 2 done", { done: true, status: "completed" }));
  expect(await outcome).toBe("2 of 2 done | report: 2 of 2 done");
  // OpenCode sets the signal after every step, however well it went.
  bench.turn.abort();
  await Bun.sleep(200);
  expect(bench.cancelled).toEqual([]);
});

test("a call that has ended is not made to look as if it were under way", async () => {
  await using bench = new Bench();
  bench.part.state.status = "error";
  const outcome = bench.wait();
  await until(() => bench.streams.length === 1);
  bench.streams[0]?.send(progress("0 of 2 done"));
  await Bun.sleep(50);
  bench.streams[0]?.send(progress("end", { done: true }));
  await outcome;
  expect(bench.titles).toEqual([]);
});

test("who ends the wait ends the run", async () => {
  await using bench = new Bench();
  const outcome = bench.wait();
  await until(() => bench.streams.length === 1);
  bench.streams[0]?.send(progress("0 of 2 done"));
  await until(() => bench.titles.length === 1);
  bench.turn.abort();
  expect(await outcome).toBe("error: The person ended the waiting: Rozet's workers are told to stop.");
  await until(() => bench.cancelled.length === 1);
  expect(bench.cancelled).toEqual(["run-1"]);
  await until(() => bench.streams[0]?.left === true);
});

test("a run that begins while its plan's wait is ended is ended too", async () => {
  await using bench = new Bench();
  bench.now = Response.json(progress("0 of 1", { run_id: "run-late" }));
  const outcome = bench.wait();
  await until(() => bench.streams.length === 1);
  bench.turn.abort();
  await outcome;
  await until(() => bench.cancelled.length === 1);
  expect(bench.cancelled).toEqual(["run-late"]);
});

test("closing OpenCode ends the wait and not the run", async () => {
  await using bench = new Bench();
  const outcome = bench.wait();
  await until(() => bench.streams.length === 1);
  bench.streams[0]?.send(progress("0 of 2 done"));
  await until(() => bench.titles.length === 1);
  bench.turn.abort();
  bench.closing.abort();
  expect(await outcome).toStartWith("error: ");
  await Bun.sleep(200);
  expect(bench.cancelled).toEqual([]);
});

test("without a sidecar there is nothing to wait for", async () => {
  await using bench = new Bench();
  await bench.sidecar.stop();
  const started = performance.now();
  expect(await bench.wait()).toContain("The Rozet sidecar is not running");
  expect(performance.now() - started).toBeLessThan(300);
});

test("a sidecar that goes away for good is given up, with what was heard", async () => {
  await using bench = new Bench();
  const outcome = bench.wait();
  await until(() => bench.streams.length === 1);
  bench.streams[0]?.send(progress("0 of 2 done"));
  await until(() => bench.titles.length === 1);
  await bench.sidecar.stop();
  const told = await outcome;
  expect(told).toStartWith("error: The ");
  expect(told).toContain("What was heard last:\nreport: 0 of 2 done");
});

test("a stream that breaks off is opened again", async () => {
  await using bench = new Bench();
  const outcome = bench.wait();
  await until(() => bench.streams.length === 1);
  bench.streams[0]?.send(progress("0 of 2 done"));
  await until(() => bench.titles.length === 1);
  bench.streams[0]?.end();
  await until(() => bench.streams.length === 2);
  bench.streams[1]?.send("nonsense");
  bench.streams[1]?.send(progress("all done", { done: true }));
  expect(await outcome).toBe("all done | report: all done");
});

test("a sidecar that knows of no such thing is not asked again", async () => {
  await using bench = new Bench();
  let asked = 0;
  bench.sidecar.override = () => {
    asked += 1;
    return Response.json({ error: { message: "no such path" } }, { status: 404 });
  };
  expect(await bench.wait()).toBe("error: Rozet: the sidecar answered 404.");
  expect(asked).toBe(1);
});

test("what the session has just asked for is waited for first", async () => {
  const asking = Promise.withResolvers<void>();
  await using bench = new Bench((sessionId) => {
    expect(sessionId).toBe("s1");
    return asking.promise;
  });
  const outcome = bench.wait();
  await Bun.sleep(30);
  expect(bench.streams).toEqual([]);
  asking.resolve();
  await until(() => bench.streams.length === 1);
  bench.streams[0]?.send(progress("x", { done: true }));
  await outcome;
});

test("the status is told at once", async () => {
  await using bench = new Bench();
  const status = statusTool(bench.waiting);
  bench.now = Response.json(progress("1 of 2 done"));
  expect(await run(status, {})).toEqual({
    title: "1 of 2 done",
    output: "report: 1 of 2 done",
    metadata: { run_id: "run-1", status: "running" },
  });
  bench.now = Response.json({ odd: true });
  await expect(run(status, {})).rejects.toThrow("tells of no run");
  await bench.sidecar.stop();
  await expect(run(status, {})).rejects.toThrow("The person can start it with");
});

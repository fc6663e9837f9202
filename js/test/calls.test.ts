import { expect, test } from "bun:test";
import type { CallAnswer, OpenCodeCall } from "../src/generated/types.ts";
import { OpenCodeApi } from "../src/host/api.ts";
import { OwnSessions } from "../src/host/own.ts";
import { Calls } from "../src/sidecar/calls.ts";
import { Discovery } from "../src/sidecar/discovery.ts";
import { BASE_URL, context } from "./support/opencode.ts";
import { Place, until } from "./support/place.ts";
import { FakeSidecar } from "./support/sidecar.ts";

type Answering = (request: Request) => Promise<Response> | Response;

/** Calls between a sidecar and an OpenCode of the test's making. */
class Bench implements AsyncDisposable {
  readonly place = new Place();
  readonly sidecar = new FakeSidecar(this.place.path);
  readonly requests: Request[] = [];
  readonly faults: string[] = [];
  readonly own = new OwnSessions();
  readonly calls: Calls;
  #count = 0;

  constructor(answering: Answering = () => Response.json({ id: "ses_1" })) {
    const { client } = context("/a b&c", undefined, async (request) => {
      this.requests.push(request);
      return await answering(request);
    });
    this.calls = this.over(client);
  }

  over(client: unknown): Calls {
    const discovery = new Discovery(this.place.path);
    return new Calls(new OpenCodeApi(client, "/a b&c"), this.own, discovery, (message) =>
      this.faults.push(message),
    );
  }

  /** Takes a call and returns its id. */
  take(method: string, path: string, fields: Partial<OpenCodeCall> = {}, calls = this.calls): string {
    this.#count += 1;
    const id = `c${this.#count}`;
    calls.take({ id, method: method as OpenCodeCall["method"], path, timeout_ms: 5_000, ...fields });
    return id;
  }

  answerOf(id: string): CallAnswer | undefined {
    return this.sidecar.answers.find((answer) => answer.id === id);
  }

  async ask(method: string, path: string, fields: Partial<OpenCodeCall> = {}): Promise<CallAnswer> {
    const id = this.take(method, path, fields);
    await until(() => this.answerOf(id) !== undefined);
    return this.answerOf(id) as CallAnswer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.calls.close();
    await this.sidecar.stop();
    this.place[Symbol.dispose]();
  }
}

test("a call is made in OpenCode's own process, and what came of it goes to the sidecar", async () => {
  await using bench = new Bench();
  const body = { title: "Rozet planning" };
  expect(await bench.ask("POST", "/session", { body })).toEqual({
    id: "c1",
    status: 200,
    body: { id: "ses_1" },
  });
  const [request] = bench.requests;
  expect(request?.url).toBe(`${BASE_URL}/session?directory=%2Fa%20b%26c`);
  expect(request?.method).toBe("POST");
  expect(request?.headers.get("content-type")).toBe("application/json");
  // An OpenCode with a password lets nobody else in, its own plugins included.
  expect(request?.headers.get("authorization")).toStartWith("Basic ");
  expect(await request?.json()).toEqual(body);
});

test.each([
  ["POST", "/session"],
  ["POST", "/session/ses_A-1/message"],
  ["POST", "/session/ses_A-1/abort"],
  ["DELETE", "/session/ses_A-1"],
  ["GET", "/config/providers"],
  ["GET", "/session/ses_A-1/message"],
  ["GET", "/session/ses_A-1/children"],
  ["GET", "/session/status"],
  ["POST", "/permission/per_A-1/reply"],
  ["POST", "/question/que_A-1/reply"],
  ["POST", "/question/que_A-1/reject"],
])("%s %s is made", async (method, path) => {
  await using bench = new Bench();
  bench.own.add("ses_A-1");
  expect((await bench.ask(method, path)).status).toBe(200);
  expect(bench.requests.map((request) => [request.method, new URL(request.url).pathname])).toEqual([
    [method, path],
  ]);
});

test.each([
  ["GET", "/session"],
  ["DELETE", "/session"],
  ["PATCH", "/session/ses_1"],
  ["GET", "/session/ses_1"],
  ["post", "/session"],
  ["POST", "/config/providers"],
  ["GET", "/config"],
  ["POST", "/session/"],
  ["POST", "/session/ses_1/shell"],
  ["POST", "/session/ses_1/message/"],
  ["POST", "/session/ses_1/message/msg_1"],
  ["POST", "/session?directory=/etc"],
  ["GET", "/config/providers?x=1"],
  ["GET", "/config/providers#x"],
  ["POST", "/session/ses_1/../../config/message"],
  ["POST", "/session/../message"],
  ["DELETE", "/session/.."],
  ["DELETE", "/session/%2e%2e"],
  ["DELETE", "/session/ses_1%2f..%2fses_1"],
  ["DELETE", "/session/ses_1\n"],
  ["DELETE", "//evil.example/session/ses_1"],
  ["GET", "http://evil.example/config/providers"],
  ["GET", "@evil.example/config/providers"],
  ["GET", "/permission"],
  ["GET", "/permission/per_1/reply"],
  ["POST", "/permission/per_1"],
  ["POST", "/permission/per_1/reject"],
  ["POST", "/permission/../config/reply"],
  ["POST", "/permission/per_1/reply?x=1"],
  ["POST", "/question/que_1/answer"],
  ["POST", "/question//reply"],
  ["GET", ""],
  [undefined, undefined],
])("%p %p is refused", async (method, path) => {
  await using bench = new Bench();
  bench.own.add("ses_1");
  expect(await bench.ask(method as string, path as string)).toEqual({
    id: "c1",
    status: 0,
    body: null,
    error: "this is no call that Rozet's plugin makes",
  });
  expect(bench.requests).toEqual([]);
});

test("only Rozet's own sessions are written to, ended and removed", async () => {
  await using bench = new Bench();
  for (const [method, path] of [
    ["POST", "/session/ses_1/message"],
    ["POST", "/session/ses_1/abort"],
    ["DELETE", "/session/ses_1"],
  ] as const) {
    expect(await bench.ask(method, path)).toMatchObject({
      status: 0,
      error: "the session is not Rozet's own",
    });
  }
  expect(bench.requests).toEqual([]);
  await bench.ask("POST", "/session");
  expect(bench.own.has("ses_1")).toBe(true);
  expect(await bench.ask("DELETE", "/session/ses_1")).toMatchObject({ status: 200 });
});

test("a refused session is nobody's", async () => {
  await using bench = new Bench(() => Response.json({ id: "ses_1" }, { status: 400 }));
  expect(await bench.ask("POST", "/session")).toMatchObject({ status: 400 });
  expect(bench.own.has("ses_1")).toBe(false);
});

test("the person's keys do not leave OpenCode", async () => {
  const limit = { context: 1, output: 2 };
  const model = { id: "m", name: "M", limit, options: { apiKey: "s3cret" }, headers: { "x-key": "s3cret" } };
  const provider = { id: "p", name: "P", key: "s3cret", options: { apiKey: "s3cret" }, models: { m: model } };
  await using bench = new Bench(() => Response.json({ providers: [provider, 7], default: { p: "m" } }));
  const { body } = await bench.ask("GET", "/config/providers");
  expect(body).toEqual({
    providers: [{ id: "p", name: "P", models: { m: { id: "m", name: "M", limit } } }],
    default: { p: "m" },
  });
});

test.each([[[]], [{}], [{ providers: { p: { key: "s3cret" } } }]])(
  "%j tells of no providers",
  async (told) => {
    await using bench = new Bench(() => Response.json(told));
    expect(await bench.ask("GET", "/config/providers")).toEqual({ id: "c1", status: 200, body: null });
  },
);

test.each([
  ["nothing", () => new Response(null, { status: 204 }), 204, null],
  [
    "an error",
    () => Response.json({ name: "NotFoundError" }, { status: 404 }),
    404,
    { name: "NotFoundError" },
  ],
  ["prose", () => new Response("<html>", { status: 502 }), 502, null],
  ["true", () => Response.json(true), 200, true],
])("OpenCode answers %s", async (_name, answering, status, body) => {
  await using bench = new Bench(answering);
  bench.own.add("ses_1");
  expect(await bench.ask("DELETE", "/session/ses_1")).toEqual({ id: "c1", status, body });
});

test.each([
  ["fails", () => Promise.reject(new Error("no route")), "OpenCode did not answer: no route"],
  [
    "breaks off",
    () => new Response(new ReadableStream({ pull: (controller) => controller.error(new Error("gone")) })),
    "OpenCode did not answer: gone",
  ],
  [
    "answers at too great length",
    () => new Response("x".repeat(4 * 1024 * 1024 + 1)),
    "OpenCode did not answer: its answer is longer than 4194304 bytes",
  ],
])("an OpenCode that %s", async (_name, answering, error) => {
  await using bench = new Bench(answering);
  expect(await bench.ask("GET", "/config/providers")).toEqual({ id: "c1", status: 0, body: null, error });
});

test.each([
  ["whose answer does not come", () => new Promise<Response>(() => {})],
  [
    "whose answer does not end",
    () => new Response(new ReadableStream({ pull: () => new Promise(() => {}) })),
  ],
])("an OpenCode %s is given up at the deadline", async (_name, answering) => {
  await using bench = new Bench(answering);
  expect(await bench.ask("GET", "/config/providers", { timeout_ms: 20 })).toMatchObject({
    status: 0,
    error: "OpenCode did not answer: no answer within 20 ms",
  });
  expect(bench.requests[0]?.signal.aborted).toBe(true);
});

test("a client without a way in is an answer too", async () => {
  await using bench = new Bench();
  for (const client of [{}, { _client: {} }, { _client: { getConfig: () => ({}) } }]) {
    const id = bench.take("GET", "/config/providers", {}, bench.over(client));
    await until(() => bench.answerOf(id) !== undefined);
    expect(bench.answerOf(id)).toMatchObject({ status: 0, error: expect.stringContaining("no way into") });
  }
});

test("eight calls at once, and then again", async () => {
  const gate = Promise.withResolvers<void>();
  await using bench = new Bench(() => gate.promise.then(() => Response.json({ providers: [] })));
  const ids = Array.from({ length: 8 }, () => bench.take("GET", "/config/providers"));
  expect(await bench.ask("GET", "/config/providers")).toMatchObject({
    status: 0,
    error: "8 calls are under way already",
  });
  gate.resolve();
  await until(() => ids.every((id) => bench.answerOf(id)?.status === 200));
  expect(await bench.ask("GET", "/config/providers")).toMatchObject({ status: 200 });
});

test("an answer that the sidecar did not take is sent once more", async () => {
  await using bench = new Bench();
  let tries = 0;
  bench.sidecar.override = (path) => {
    if (path !== "/v1/link/answers") return undefined;
    tries += 1;
    return tries === 1 ? new Response("busy", { status: 500 }) : undefined;
  };
  expect(await bench.ask("POST", "/session")).toMatchObject({ status: 200 });
  expect([tries, bench.requests.length]).toEqual([2, 1]);
  bench.sidecar.override = () => new Response("busy", { status: 500 });
  bench.take("POST", "/session");
  await until(() => bench.faults.length === 1);
  expect(bench.faults).toEqual(["the answer to a call is lost: the sidecar answered 500: busy"]);
});

test("a sidecar that calls without end and takes no answers gets no more than it can", async () => {
  await using bench = new Bench();
  let posted = 0;
  bench.sidecar.override = () => {
    posted += 1;
    return new Promise<Response>(() => {});
  };
  for (let i = 0; i < 200; i += 1) bench.take("GET", "/nothing");
  await until(() => posted === 32);
  bench.sidecar.override = () => undefined;
  bench.take("GET", "/nothing");
  bench.calls.close();
  expect(posted).toBe(32);
  expect(bench.sidecar.answers).toEqual([]);
});

test("what is under way when the plugin closes is ended, unanswered", async () => {
  await using bench = new Bench(() => new Promise<Response>(() => {}));
  bench.take("POST", "/session");
  await until(() => bench.requests.length === 1);
  bench.calls.close();
  expect(bench.requests[0]?.signal.aborted).toBe(true);
  bench.take("GET", "/config/providers");
  bench.take("GET", "/nothing");
  expect(bench.requests).toHaveLength(1);
  // Another's answer comes later than theirs would have.
  const id = bench.take("GET", "/nothing", {}, bench.over({}));
  await until(() => bench.answerOf(id) !== undefined);
  expect(bench.sidecar.answers).toHaveLength(1);
  expect(bench.faults).toEqual([]);
});

test("nonsense is no call", async () => {
  await using bench = new Bench();
  for (const call of [undefined, null, 7, {}, { id: 7 }]) bench.calls.take(call as never);
  expect(await bench.ask("GET", "/config/providers", { timeout_ms: "soon" as never })).toMatchObject({
    status: 200,
  });
  expect(bench.sidecar.answers).toHaveLength(1);
});

const WORKER = { parentID: "ses_p", title: "Rozet task T1: write it" };

test("a worker's session may be worked in, and is no silent one", async () => {
  const children: string[][] = [];
  await using bench = new Bench();
  const discovery = new Discovery(bench.place.path);
  const api = new OpenCodeApi(
    context("/w", undefined, async () => Response.json({ id: "ses_w" })).client,
    "/w",
  );
  const calls = new Calls(
    api,
    bench.own,
    discovery,
    () => {},
    (...child) => children.push(child),
  );
  const made = bench.take("POST", "/session", { body: WORKER }, calls);
  await until(() => bench.answerOf(made) !== undefined);
  expect([bench.own.has("ses_w"), bench.own.isWorker("ses_w")]).toEqual([false, true]);
  // OpenCode's own event may come later than the first prompt.
  expect(children).toEqual([["ses_w", "ses_p"]]);
  expect(await bench.ask("POST", "/session/ses_w/message")).toMatchObject({ status: 200 });
  expect(await bench.ask("GET", "/session/ses_w/message?limit=20")).toMatchObject({ status: 200 });
  expect(bench.requests.at(-1)?.url).toBe(
    `${BASE_URL}/session/ses_w/message?limit=20&directory=%2Fa%20b%26c`,
  );
});

test.each([
  ["/session/ses_1/message?limit=99999"],
  ["/session/ses_1/message?limit=5&directory=/etc"],
  ["/session/ses_1/message?x=1"],
  ["/session/ses_1/children?x"],
  ["/session/status?x"],
  ["/session/status/"],
])("GET %s is refused", async (path) => {
  await using bench = new Bench();
  bench.own.add("ses_1");
  expect(await bench.ask("GET", path)).toMatchObject({
    status: 0,
    error: expect.stringContaining("no call"),
  });
  expect(bench.requests).toEqual([]);
});

test("of the person's sessions nothing is told; Rozet's own are known again after a restart", async () => {
  const sessions = [
    { id: "ses_x", parentID: "ses_p", title: "find it (@general subagent)" },
    { id: "ses_w", ...WORKER },
  ];
  await using bench = new Bench((request) =>
    Response.json(
      request.url.includes("/status") ? { ses_w: { type: "busy" }, ses_x: { type: "busy" } } : sessions,
    ),
  );
  expect(await bench.ask("GET", "/session/ses_w/message")).toMatchObject({
    error: "the session is not Rozet's own",
  });
  expect((await bench.ask("GET", "/session/status")).body).toEqual({});
  expect((await bench.ask("GET", "/session/ses_p/children")).body).toEqual([sessions[1]]);
  expect((await bench.ask("GET", "/session/status")).body).toEqual({ ses_w: { type: "busy" } });
  expect(await bench.ask("GET", "/session/ses_w/message")).toMatchObject({ status: 200 });
  expect(await bench.ask("GET", "/session/ses_x/message")).toMatchObject({ status: 0 });
});

test("workers at work leave room for other calls", async () => {
  const gate = Promise.withResolvers<void>();
  await using bench = new Bench((request) =>
    request.url.includes("/message")
      ? gate.promise.then(() => Response.json({}))
      : Response.json({ providers: [] }),
  );
  bench.own.note({ id: "ses_w", ...WORKER });
  const ids = Array.from({ length: 32 }, () => bench.take("POST", "/session/ses_w/message"));
  expect(await bench.ask("POST", "/session/ses_w/message")).toMatchObject({
    error: "32 calls are under way already",
  });
  expect(await bench.ask("GET", "/config/providers")).toMatchObject({ status: 200 });
  gate.resolve();
  await until(() => ids.every((id) => bench.answerOf(id)?.status === 200));
});

test("what a worker would have to ask for is refused through OpenCode", async () => {
  await using bench = new Bench();
  bench.calls.refuse("per_1/x");
  await until(() => bench.requests.length === 1);
  const [request] = bench.requests;
  expect([request?.method, new URL(request?.url ?? "").pathname]).toEqual([
    "POST",
    "/permission/per_1%2Fx/reply",
  ]);
  expect(await request?.json()).toMatchObject({ reply: "reject" });
  expect(bench.faults).toEqual([]);
});

test("a refusal that fails is noted", async () => {
  await using bench = new Bench(() => Promise.reject(new Error("no route")));
  bench.calls.refuse("per_1");
  await until(() => bench.faults.length === 1);
  expect(bench.faults).toEqual(["a permission could not be refused: no route"]);
});

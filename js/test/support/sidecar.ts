import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type {
  CallAnswer,
  Event,
  EventBatch,
  LinkFrame,
  Plan,
  PlanRequest,
  SidecarInfo,
} from "../../src/generated/types.ts";

/** A sidecar of the test's making: real HTTP on a free port, found through its files as the real one. */
export class FakeSidecar {
  readonly events: Event[] = [];
  readonly batches: number[] = [];
  readonly bodies: EventBatch[] = [];
  readonly planRequests: PlanRequest[] = [];
  readonly cancelled: string[] = [];
  readonly answers: CallAnswer[] = [];
  readonly links: Array<Record<string, string>> = [];
  plans: Plan[] = [];
  token = "t0ken";
  /** Answers instead of the usual ones, by path; undefined lets the usual one through. */
  override: (path: string, request: Request) => Response | Promise<Response> | undefined = () => undefined;
  /** What becomes of a plan request besides being noted. */
  onPlan: (request: PlanRequest) => void = () => {};
  readonly #server: ReturnType<typeof Bun.serve>;
  readonly #streams = new Set<{ sessionId: string | null; send: (text: string) => void; end: () => void }>();

  constructor(
    private readonly stateFolder: string,
    port = 0,
  ) {
    this.#server = Bun.serve({
      port,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      fetch: (request) => this.#answer(request),
    });
    this.announce();
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  get port(): number {
    return this.#server.port ?? 0;
  }

  get openLinks(): number {
    return this.#streams.size;
  }

  /** Writes the files by which it is found. */
  announce(url = this.url): void {
    mkdirSync(this.stateFolder, { recursive: true });
    const info: SidecarInfo = {
      status: "ok",
      name: "rozet-sidecar",
      version: "0.1.0",
      protocol: 1,
      pid: process.pid,
      url,
      dashboard_url: url,
      started_at: Date.now(),
    };
    writeFileSync(join(this.stateFolder, "token"), `${this.token}\n`, { mode: 0o600 });
    writeFileSync(join(this.stateFolder, "sidecar.json"), JSON.stringify(info));
  }

  /** Sends a frame to every link that it concerns. */
  send(frame: LinkFrame): void {
    const sessionId =
      frame.type === "plan"
        ? frame.plan.session_id
        : frame.type === "task"
          ? frame.session_id
          : frame.type === "run"
            ? frame.run.session_id
            : null;
    for (const stream of this.#streams) {
      if (stream.sessionId === null || sessionId === null || stream.sessionId === sessionId) {
        stream.send(`data: ${JSON.stringify(frame)}\n\n`);
      }
    }
  }

  /** Cuts every link. */
  cutLinks(): void {
    for (const stream of [...this.#streams]) stream.end();
  }

  async stop(): Promise<void> {
    rmSync(join(this.stateFolder, "sidecar.json"), { force: true });
    await this.#server.stop(true);
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const replaced = this.override(pathname, request);
    if (replaced !== undefined) return replaced;
    const needsToken = request.method === "POST" || pathname === "/v1/link";
    if (needsToken && request.headers.get("authorization") !== `Bearer ${this.token}`) {
      return Response.json({ error: { code: "unauthorized", message: "wrong token" } }, { status: 401 });
    }
    if (pathname === "/v1/events") {
      const batch = (await request.json()) as EventBatch;
      this.events.push(...batch.events);
      this.batches.push(batch.events.length);
      this.bodies.push(batch);
      const acked_seq = Math.max(...batch.events.map((event) => event.seq ?? 0));
      return Response.json({
        producer: batch.producer,
        acked_seq,
        stored: batch.events.length,
        duplicates: 0,
        rejected: [],
      });
    }
    if (pathname === "/v1/plans") {
      const wanted = (await request.json()) as PlanRequest;
      this.planRequests.push(wanted);
      this.onPlan(wanted);
      return Response.json({ plan_id: wanted.plan_id }, { status: 202 });
    }
    const cancelled = /^\/v1\/plans\/([^/]+)\/cancel$/.exec(pathname)?.[1];
    if (cancelled !== undefined) {
      this.cancelled.push(decodeURIComponent(cancelled));
      return Response.json({ plan_id: cancelled, cancelled: true });
    }
    if (pathname === "/v1/link/answers") {
      this.answers.push((await request.json()) as CallAnswer);
      return Response.json({});
    }
    if (pathname === "/v1/link") {
      this.links.push(Object.fromEntries(searchParams));
      return this.#stream(searchParams.get("session_id"));
    }
    const session = /^\/v1\/sessions\/([^/]+)\/plans$/.exec(pathname)?.[1];
    if (session !== undefined) {
      return Response.json({ plans: this.plans.filter((plan) => plan.session_id === session) });
    }
    return Response.json({ error: { code: "not_found", message: "no such path" } }, { status: 404 });
  }

  #stream(sessionId: string | null): Response {
    const encoder = new TextEncoder();
    let entry: { sessionId: string | null; send: (text: string) => void; end: () => void } | undefined;
    const body = new ReadableStream({
      start: (controller) => {
        entry = {
          sessionId,
          send: (text) => controller.enqueue(encoder.encode(text)),
          end: () => {
            if (entry && this.#streams.delete(entry)) controller.close();
          },
        };
        this.#streams.add(entry);
        entry.send(`data: {"type":"hello","version":"0.1.0","protocol":1}\n\n`);
        if (sessionId === null) return;
        for (const plan of this.plans.filter((plan) => plan.session_id === sessionId)) {
          entry.send(`data: ${JSON.stringify({ type: "plan", plan })}\n\n`);
        }
      },
      cancel: () => {
        if (entry) this.#streams.delete(entry);
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }
}

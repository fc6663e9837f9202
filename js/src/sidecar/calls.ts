import type { CallAnswer, CallMethod, OpenCodeCall } from "../generated/types.ts";
import { isRecord } from "../host/clip.ts";
import type { Discovery } from "./discovery.ts";
import { readBounded, reason, request } from "./request.ts";

/** Longest wait for an answer of OpenCode's, whatever the sidecar says. */
const MAX_CALL_MS = 180_000;
const ANSWER_TIMEOUT_MS = 10_000;
/** Calls at once; more are refused. */
const MAX_CALLS = 8;
/** Answers on their way at once; more are dropped, as only a sidecar gone wrong calls for them. */
const MAX_ANSWERS = 32;

/** One sort of call that may be made. */
interface Rule {
  method: CallMethod;
  path: RegExp;
  makesSession?: true;
  /** What of the answer's body leaves the process; all of it when absent. */
  told?: (body: unknown) => unknown;
}

/** All that may be called. A session that a path names must be Rozet's own. */
const ALLOWED: readonly Rule[] = [
  { method: "POST", path: /^\/session$/, makesSession: true },
  { method: "POST", path: /^\/session\/([A-Za-z0-9_-]+)\/message$/ },
  { method: "POST", path: /^\/session\/([A-Za-z0-9_-]+)\/abort$/ },
  { method: "DELETE", path: /^\/session\/([A-Za-z0-9_-]+)$/ },
  { method: "GET", path: /^\/config\/providers$/, told: withoutKeys },
];

/** The sessions that the sidecar may work in. */
export interface OwnIds {
  has(sessionId: string): boolean;
  add(sessionId: string): void;
}

/** OpenCode's client, as far as it leads to the API in this process, which answers even where there is no listener. */
interface Client {
  _client?: { getConfig?: () => Partial<InProcess> };
}

interface InProcess {
  fetch: (request: Request) => Promise<Response>;
  baseUrl: string;
  /** The key to an OpenCode with a password is among them. */
  headers: ConstructorParameters<typeof Headers>[0];
}

/** Makes the sidecar's calls to OpenCode's API, the few that are allowed, and sends back what came of them. */
export class Calls {
  readonly #underWay = new Set<AbortController>();
  readonly #end = new AbortController();
  #answering = 0;

  constructor(
    private readonly client: unknown,
    private readonly directory: string,
    private readonly own: OwnIds,
    private readonly discovery: Discovery,
    private readonly onFault: (message: string) => void,
  ) {}

  /** Makes a call, and answers it when that is over. Never throws. */
  take(call: OpenCodeCall): void {
    if (this.#end.signal.aborted || typeof call?.id !== "string") return;
    void this.#carry(call).then((answer) => this.#answer(answer));
  }

  /** Ends the calls under way, unanswered: the link that they came over goes too. */
  close(): void {
    this.#end.abort();
    for (const call of this.#underWay) call.abort(new Error("OpenCode is closing"));
  }

  async #carry(call: OpenCodeCall): Promise<CallAnswer> {
    const { id, method, path } = call;
    const failed = (error: string): CallAnswer => ({ id, status: 0, body: null, error });
    const rule = ALLOWED.find((rule) => rule.method === method && rule.path.test(path));
    if (rule === undefined) return failed("this is no call that Rozet's plugin makes");
    const sessionId = rule.path.exec(path)?.[1];
    if (sessionId !== undefined && !this.own.has(sessionId)) return failed("the session is not Rozet's own");
    if (this.#underWay.size >= MAX_CALLS) return failed(`${MAX_CALLS} calls are under way already`);

    const controller = new AbortController();
    this.#underWay.add(controller);
    const ms = call.timeout_ms > 0 ? Math.min(call.timeout_ms, MAX_CALL_MS) : MAX_CALL_MS;
    const timer = setTimeout(() => controller.abort(new Error(`no answer within ${ms} ms`)), ms);
    timer.unref();
    try {
      const { status, text } = await within(controller.signal, this.#fetch(call, controller.signal));
      const body = decoded(text);
      if (status > 299) return { id, status, body };
      if (rule.makesSession && isRecord(body) && typeof body.id === "string") this.own.add(body.id);
      return { id, status, body: rule.told ? rule.told(body) : body };
    } catch (error) {
      return failed(`OpenCode did not answer: ${reason(error)}`);
    } finally {
      clearTimeout(timer);
      this.#underWay.delete(controller);
    }
  }

  async #fetch(call: OpenCodeCall, signal: AbortSignal): Promise<{ status: number; text: string }> {
    const opencode = (this.client as Client)._client?.getConfig?.();
    if (!opencode?.fetch) throw new Error("its client has no way into this process");
    const headers = new Headers(opencode.headers);
    headers.set("content-type", "application/json");
    const init: RequestInit = { method: call.method, headers, signal };
    if (call.body !== undefined) init.body = JSON.stringify(call.body);
    const url = `${opencode.baseUrl}${call.path}?directory=${encodeURIComponent(this.directory)}`;
    const response = await opencode.fetch(new Request(url, init));
    return { status: response.status, text: await readBounded(response) };
  }

  async #answer(answer: CallAnswer): Promise<void> {
    if (this.#end.signal.aborted || this.#answering >= MAX_ANSWERS) return;
    this.#answering += 1;
    const { signal } = this.#end;
    const body = JSON.stringify(answer);
    const post = () =>
      request(this.discovery, {
        method: "POST",
        path: "/v1/link/answers",
        body,
        timeoutMs: ANSWER_TIMEOUT_MS,
        signal,
      });
    try {
      await post().catch(post);
    } catch (error) {
      if (!signal.aborted) this.onFault(`the answer to a call is lost: ${reason(error)}`);
    } finally {
      this.#answering -= 1;
    }
  }
}

/** The promise's outcome, or the signal's reason when that comes first: not everything below heeds a signal. */
function within<T>(signal: AbortSignal, pending: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    pending.then(resolve, reject);
  });
}

const PROVIDER_FIELDS = ["id", "name", "source"];
const MODEL_FIELDS = ["id", "name", "status", "capabilities", "cost", "limit"];

/** OpenCode tells the person's API keys with its providers, in options, headers and URLs: they stay here. */
function withoutKeys(body: unknown): unknown {
  if (!isRecord(body) || !Array.isArray(body.providers)) return null;
  const providers = body.providers.filter(isRecord).map((provider) => {
    const models = Object.entries(isRecord(provider.models) ? provider.models : {});
    const told = models.map(([id, model]) => [id, picked(model, MODEL_FIELDS)]);
    return { ...picked(provider, PROVIDER_FIELDS), models: Object.fromEntries(told) };
  });
  return { providers, default: body.default };
}

function picked(value: unknown, fields: readonly string[]): Record<string, unknown> {
  return isRecord(value) ? Object.fromEntries(fields.map((field) => [field, value[field]])) : {};
}

function decoded(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

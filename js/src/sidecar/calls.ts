import type { CallAnswer, CallMethod, OpenCodeCall } from "../generated/types.ts";
import { decoded, type OpenCodeApi } from "../host/api.ts";
import { isRecord } from "../host/clip.ts";
import type { Discovery } from "./discovery.ts";
import { reason, request } from "./request.ts";

/** Longest wait for an answer of OpenCode's, whatever the sidecar says. */
const MAX_CALL_MS = 180_000;
/** The same for the answer of a worker, which comes when its task is done. */
const MAX_WORK_MS = 2 * 60 * 60 * 1_000;
const REFUSE_TIMEOUT_MS = 10_000;
const ANSWER_TIMEOUT_MS = 10_000;
/** Calls at once; more are refused. */
const MAX_CALLS = 8;
/** Workers at work at once, besides: as many as a run may have. */
const MAX_WORKERS = 32;
/** Answers on their way at once; more are dropped, as only a sidecar gone wrong calls for them. */
const MAX_ANSWERS = 32;

/** One sort of call that may be made. */
interface Rule {
  method: CallMethod;
  path: RegExp;
  makesSession?: true;
  /** It is about sessions of others too, of which only Rozet's own are told. */
  ofAll?: true;
  /** What of the answer's body leaves the process; all of it when absent. */
  told?: (body: unknown, own: OwnIds) => unknown;
}

/** All that may be called. A session that a path names must be Rozet's own. */
const ALLOWED: readonly Rule[] = [
  { method: "POST", path: /^\/session$/, makesSession: true },
  { method: "POST", path: /^\/session\/([A-Za-z0-9_-]+)\/message$/ },
  { method: "POST", path: /^\/session\/([A-Za-z0-9_-]+)\/abort$/ },
  { method: "DELETE", path: /^\/session\/([A-Za-z0-9_-]+)$/ },
  { method: "GET", path: /^\/session\/([A-Za-z0-9_-]+)\/message(?:\?limit=\d{1,4})?$/ },
  { method: "GET", path: /^\/session\/([A-Za-z0-9_-]+)\/children$/, ofAll: true, told: ownOnly },
  { method: "GET", path: /^\/session\/status$/, told: ownStatuses },
  // What any of the session's agents asks for, the person may answer from the sidecar.
  { method: "POST", path: /^\/permission\/[A-Za-z0-9_-]+\/reply$/ },
  { method: "POST", path: /^\/question\/[A-Za-z0-9_-]+\/(?:reply|reject)$/ },
  { method: "GET", path: /^\/config\/providers$/, told: withoutKeys },
];

/** The sessions that the sidecar may work in. */
export interface OwnIds {
  /** Whether Rozet made the session. */
  mayCall(sessionId: string): boolean;
  /** Whether a worker does a task in it. */
  isWorker(sessionId: string): boolean;
  add(sessionId: string): void;
  /** Remembers a session by how OpenCode describes it; false when it is not Rozet's. */
  note(info: unknown): boolean;
}

/** Makes the sidecar's calls to OpenCode's API, the few that are allowed, and sends back what came of them. */
export class Calls {
  readonly #underWay = new Set<AbortController>();
  readonly #end = new AbortController();
  #answering = 0;
  #working = 0;

  constructor(
    private readonly api: OpenCodeApi,
    private readonly own: OwnIds,
    private readonly discovery: Discovery,
    private readonly onFault: (message: string) => void,
    /** Hears of each session that was made under another. */
    private readonly onChild: (sessionId: string, parentId: string) => void = () => {},
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
    if (sessionId !== undefined && !rule.ofAll && !this.own.mayCall(sessionId)) {
      return failed("the session is not Rozet's own");
    }
    const work = method === "POST" && path.endsWith("/message") && this.own.isWorker(sessionId ?? "");
    const [most, others] = work
      ? [MAX_WORKERS, this.#working]
      : [MAX_CALLS, this.#underWay.size - this.#working];
    if (others >= most) return failed(`${most} calls are under way already`);

    const controller = new AbortController();
    this.#underWay.add(controller);
    if (work) this.#working += 1;
    const longest = work ? MAX_WORK_MS : MAX_CALL_MS;
    const ms = call.timeout_ms > 0 ? Math.min(call.timeout_ms, longest) : longest;
    const timer = setTimeout(() => controller.abort(new Error(`no answer within ${ms} ms`)), ms);
    timer.unref();
    try {
      const { status, text } = await this.api.ask(call, controller.signal);
      const body = decoded(text);
      if (status > 299) return { id, status, body };
      if (rule.makesSession) this.#made(call, body);
      return { id, status, body: rule.told ? rule.told(body, this.own) : body };
    } catch (error) {
      return failed(`OpenCode did not answer: ${reason(error)}`);
    } finally {
      clearTimeout(timer);
      this.#underWay.delete(controller);
      if (work) this.#working -= 1;
    }
  }

  /** Refuses what a worker would have to ask the person for: nobody answers, and it would wait for ever. Never throws. */
  refuse(requestId: string): void {
    if (this.#end.signal.aborted) return;
    const path = `/permission/${encodeURIComponent(requestId)}/reply`;
    const body = { reply: "reject", message: "Nobody can be asked. Do without it, or say that you need it." };
    const signal = AbortSignal.any([this.#end.signal, AbortSignal.timeout(REFUSE_TIMEOUT_MS)]);
    this.api.ask({ method: "POST", path, body }, signal).catch((error) => {
      if (!this.#end.signal.aborted) this.onFault(`a permission could not be refused: ${reason(error)}`);
    });
  }

  /** OpenCode tells of what the sidecar made by an event too, but perhaps later than the sidecar uses it. */
  #made(call: OpenCodeCall, body: unknown): void {
    if (!isRecord(body) || typeof body.id !== "string") return;
    const asked = isRecord(call.body) ? call.body : {};
    if (!this.own.note({ id: body.id, title: asked.title, parentID: asked.parentID })) this.own.add(body.id);
    if (typeof asked.parentID === "string") this.onChild(body.id, asked.parentID);
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

/** Sessions of the person's are no business of the sidecar's. After a restart of OpenCode, this is how it finds its own. */
function ownOnly(body: unknown, own: OwnIds): unknown {
  return Array.isArray(body) ? body.filter((session) => own.note(session)) : null;
}

function ownStatuses(body: unknown, own: OwnIds): unknown {
  if (!isRecord(body)) return null;
  return Object.fromEntries(Object.entries(body).filter(([id]) => own.mayCall(id)));
}

function picked(value: unknown, fields: readonly string[]): Record<string, unknown> {
  return isRecord(value) ? Object.fromEntries(fields.map((field) => [field, value[field]])) : {};
}

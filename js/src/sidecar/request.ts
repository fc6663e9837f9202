import { type Discovery, type Endpoint, NOT_RUNNING } from "./discovery.ts";

/** Why a request brought no answer. */
export class SidecarError extends Error {
  constructor(
    message: string,
    /** HTTP status; 0 when there was no answer at all. */
    readonly status: number,
    /** What the sidecar itself said was wrong. */
    readonly said?: string,
  ) {
    super(message);
  }
}

/** Longest message of an error, in UTF-16 units. */
const MAX_SAID = 8 * 1024;
const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;

/** One request to the sidecar. */
export interface SidecarRequest {
  method: "GET" | "POST";
  /** Path and query. */
  path: string;
  /** JSON, already encoded. */
  body?: string;
  timeoutMs: number;
  /** Who acts, for the sidecar's record of it. */
  by?: "tui";
  /** Ends the request early. */
  signal?: AbortSignal | undefined;
}

/** Sends a request and returns the decoded answer. Throws a `SidecarError`; a connection that fails is looked up anew next time. */
export async function request(discovery: Discovery, wanted: SidecarRequest): Promise<unknown> {
  const endpoint = discovery.find();
  if (endpoint === undefined) throw new SidecarError(NOT_RUNNING, 0);
  const timeout = AbortSignal.timeout(wanted.timeoutMs);
  const signal = wanted.signal ? AbortSignal.any([timeout, wanted.signal]) : timeout;
  let status = 0;
  let text: string;
  try {
    const response = await send(endpoint, wanted, signal);
    status = response.status;
    text = await readBounded(response);
  } catch (error) {
    discovery.forget();
    throw new SidecarError(`the sidecar at ${endpoint.url} does not answer: ${reason(error)}`, status);
  }
  if (status < 200 || status > 299) {
    if (status === 401) discovery.forget();
    const said = saidIn(text);
    throw new SidecarError(`the sidecar answered ${status}: ${said ?? text.slice(0, 300)}`, status, said);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new SidecarError(
      `what answers at ${endpoint.url} is not the sidecar, or is broken: its answer is not JSON`,
      0,
    );
  }
}

/** Opens a request to an endpoint and leaves the body to the caller. */
export async function send(
  endpoint: Endpoint,
  wanted: Pick<SidecarRequest, "method" | "path" | "body" | "by">,
  signal: AbortSignal,
): Promise<Response> {
  const headers: Record<string, string> = { authorization: `Bearer ${endpoint.token}` };
  if (wanted.body !== undefined) headers["content-type"] = "application/json";
  if (wanted.by !== undefined) headers["x-rozet-by"] = wanted.by;
  const init: BunFetchRequestInit = {
    method: wanted.method,
    headers,
    signal,
    redirect: "error",
    // OpenCode's Bun (1.3.14) gives up after 300 s of silence, whatever the signal says; commands may take longer.
    timeout: false,
  };
  if (wanted.body !== undefined) init.body = wanted.body;
  // Bun sends even loopback requests through HTTP_PROXY, token and all, unless NO_PROXY says otherwise. Naming the sidecar
  // as its own proxy keeps them here.
  if (process.env.HTTP_PROXY || process.env.http_proxy) init.proxy = endpoint.url;
  return await fetch(endpoint.url + wanted.path, init);
}

/** Reads the text of a response, however it comes. Throws when it is longer than an answer may be. */
export async function readBounded(response: Response): Promise<string> {
  if (response.body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_RESPONSE_BYTES) throw new Error(`its answer is longer than ${MAX_RESPONSE_BYTES} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** The message of an error of the sidecar's. */
function saidIn(text: string): string | undefined {
  try {
    const message: unknown = (JSON.parse(text) as { error?: { message?: unknown } } | null)?.error?.message;
    return typeof message === "string" && message !== "" ? message.slice(0, MAX_SAID) : undefined;
  } catch {
    return undefined;
  }
}

/** Bun's advice to those who write programs; nothing for who uses one. */
const ADVICE = /\. For more information, pass `verbose: true`.*$/s;

/** What went wrong, in words. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message.replace(ADVICE, "") : String(error);
}

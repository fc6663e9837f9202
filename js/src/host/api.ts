import { readBounded } from "../sidecar/request.ts";

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

/** One request to OpenCode's API. */
export interface ApiRequest {
  method: string;
  /** Path, perhaps with a query. */
  path: string;
  body?: unknown;
}

/** OpenCode's API in this very process. */
export class OpenCodeApi {
  constructor(
    private readonly client: unknown,
    private readonly directory: string,
  ) {}

  /** Makes a request and reads the answer. Throws what goes wrong, the signal's reason when that comes first. */
  async ask(wanted: ApiRequest, signal: AbortSignal): Promise<{ status: number; text: string }> {
    return await within(signal, this.#fetch(wanted, signal));
  }

  async #fetch({ method, path, body }: ApiRequest, signal: AbortSignal) {
    const opencode = (this.client as Client)._client?.getConfig?.();
    if (!opencode?.fetch) throw new Error("its client has no way into this process");
    const headers = new Headers(opencode.headers);
    headers.set("content-type", "application/json");
    const init: RequestInit = { method, headers, signal };
    if (body !== undefined) init.body = JSON.stringify(body);
    const separator = path.includes("?") ? "&" : "?";
    const url = `${opencode.baseUrl}${path}${separator}directory=${encodeURIComponent(this.directory)}`;
    const response = await opencode.fetch(new Request(url, init));
    return { status: response.status, text: await readBounded(response) };
  }
}

/** The promise's outcome, or the signal's reason when that comes first: not everything below heeds a signal. */
function within<T>(signal: AbortSignal, pending: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    pending.then(resolve, reject);
  });
}

/** A JSON text's value; null when it is none. */
export function decoded(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

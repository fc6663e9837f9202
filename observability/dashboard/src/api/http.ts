import { heldToken, refuseToken } from "./token";

/** What the sidecar said instead of an answer, in words for a person. */
export class ApiError extends Error {
  constructor(
    message: string,
    /** The HTTP status; 0 when no answer came. */
    readonly status: number,
    /** The field of what was sent that is wrong, when the sidecar names one. */
    readonly field?: string,
  ) {
    super(message);
    this.name = "ApiError";
  }

  /** True where the sidecar does not know the address: it is older than this page. */
  get isTooOld(): boolean {
    return this.status === 404 && this.message.startsWith("there is nothing at this address");
  }
}

/** How long an answer may take, in milliseconds; what a person began may take longer. */
const READ_DEADLINE_MS = 10_000;
const ACT_DEADLINE_MS = 60_000;

/**
 * Reads JSON from the sidecar that serves this page.
 *
 * @throws ApiError when it cannot be reached, refuses, or answers something else. An abort by `signal` passes through.
 */
export function getJson<T>(
  path: string,
  signal: AbortSignal,
  headers: Record<string, string> = {},
): Promise<T> {
  const request: RequestInit = { headers: { accept: "application/json", ...headers }, cache: "no-store" };
  return ask<T>(path, request, READ_DEADLINE_MS, signal);
}

/** Asks the sidecar to do something, with the token that the page was opened with; throws as `getJson` does. */
export async function act<T>(method: "POST" | "PUT", path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { accept: "application/json", "X-Rozet-By": "dashboard" };
  const token = heldToken();
  if (token) headers.authorization = `Bearer ${token}`;
  const request: RequestInit = { method, headers };
  if (body !== undefined) {
    headers["content-type"] = "application/json";
    request.body = JSON.stringify(body);
  }
  try {
    return await ask<T>(path, request, ACT_DEADLINE_MS);
  } catch (cause) {
    if (!(cause instanceof ApiError) || cause.status !== 401) throw cause;
    refuseToken();
    throw new ApiError("This page may only look: open it anew with `rozet-sidecar dashboard`.", 401);
  }
}

async function ask<T>(
  path: string,
  request: RequestInit,
  deadlineMs: number,
  signal?: AbortSignal,
): Promise<T> {
  const deadline = AbortSignal.timeout(deadlineMs);
  let response: Response;
  try {
    response = await fetch(path, {
      ...request,
      signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    const why = deadline.aborted ? `did not answer in ${deadlineMs / 1_000} seconds` : "cannot be reached";
    throw new ApiError(`The sidecar ${why}.`, 0);
  }
  if (response.status === 204) return undefined as T;
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) {
    const { message, field } = errorIn(body);
    throw new ApiError(message ?? `The sidecar answered ${response.status}.`, response.status, field);
  }
  if (body === undefined) throw new ApiError("The sidecar's answer could not be read.", response.status);
  return body as T;
}

function errorIn(body: unknown): { message?: string; field?: string } {
  const error = (body as { error?: { message?: unknown; field?: unknown } } | undefined)?.error;
  return {
    ...(typeof error?.message === "string" ? { message: error.message } : {}),
    ...(typeof error?.field === "string" ? { field: error.field } : {}),
  };
}

/** What the sidecar said instead of an answer, in words for a person. */
export class ApiError extends Error {
  constructor(
    message: string,
    /** The HTTP status; 0 when no answer came. */
    readonly status: number,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

/** How long an answer may take, in milliseconds. */
const DEADLINE_MS = 10_000;

/**
 * Reads JSON from the sidecar that serves this page.
 *
 * @throws ApiError when it cannot be reached, refuses, or answers something else. An abort by `signal` passes through.
 */
export async function getJson<T>(path: string, signal: AbortSignal): Promise<T> {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  let response: Response;
  try {
    response = await fetch(path, {
      signal: AbortSignal.any([signal, deadline]),
      headers: { accept: "application/json" },
      cache: "no-store",
    });
  } catch (cause) {
    if (signal.aborted) throw cause;
    const why = deadline.aborted ? "did not answer in 10 seconds" : "cannot be reached";
    throw new ApiError(`The sidecar ${why}.`, 0);
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok)
    throw new ApiError(messageIn(body) ?? `The sidecar answered ${response.status}.`, response.status);
  if (body === undefined) throw new ApiError("The sidecar's answer could not be read.", response.status);
  return body as T;
}

function messageIn(body: unknown): string | undefined {
  const message = (body as { error?: { message?: unknown } } | undefined)?.error?.message;
  return typeof message === "string" ? message : undefined;
}

import { ApiError, getJson } from "./http";
import { acceptToken, heldToken, refuseToken } from "./token";

/** Asks the sidecar whether it takes this page's token, and notes the answer. A sidecar that cannot say counts as willing. */
export async function checkToken(): Promise<void> {
  const token = heldToken();
  if (!token) return;
  try {
    await getJson<void>("/v1/token", AbortSignal.timeout(10_000), { authorization: `Bearer ${token}` });
    acceptToken();
  } catch (cause) {
    if (cause instanceof ApiError && cause.status === 401) refuseToken();
  }
}

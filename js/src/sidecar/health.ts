import type { Health } from "../generated/types.ts";
import { isRecord } from "../host/clip.ts";
import type { Discovery } from "./discovery.ts";
import { request } from "./request.ts";

const TIMEOUT_MS = 3_000;

/** How the sidecar is; an older one leaves fields out. Throws a `SidecarError`. */
export async function health(discovery: Discovery): Promise<Partial<Health>> {
  const answer = await request(discovery, { method: "GET", path: "/v1/health", timeoutMs: TIMEOUT_MS });
  return isRecord(answer) ? (answer as Partial<Health>) : {};
}

import type { Health, SidecarInfo } from "../generated/types";
import { getJson } from "./http";

/** Which sidecar serves this page. */
export function fetchInfo(signal: AbortSignal): Promise<SidecarInfo> {
  return getJson<SidecarInfo>("/health", signal);
}

/** How the sidecar, its store and the producers of events are. */
export function fetchHealth(signal: AbortSignal): Promise<Health> {
  return getJson<Health>("/v1/health", signal);
}

import type { SidecarInfo } from "../generated/types";
import { getJson } from "./http";

/** Which sidecar serves this page. */
export function fetchHealth(signal: AbortSignal): Promise<SidecarInfo> {
  return getJson<SidecarInfo>("/health", signal);
}

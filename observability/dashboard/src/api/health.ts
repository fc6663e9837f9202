import type { ProducerHealth, SidecarInfo } from "../generated/types";
import { getJson } from "./http";

/** Which sidecar serves this page. */
export function fetchHealth(signal: AbortSignal): Promise<SidecarInfo> {
  return getJson<SidecarInfo>("/health", signal);
}

/** How well each producer's events arrive, the newest producer first. */
export async function fetchProducers(signal: AbortSignal): Promise<ProducerHealth[]> {
  const { producers } = await getJson<{ producers: ProducerHealth[] }>("/v1/health", signal);
  return producers;
}

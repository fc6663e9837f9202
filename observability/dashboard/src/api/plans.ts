import type { Plan } from "../generated/types";
import { getJson } from "./http";

/** The plans of one session, newest first. */
export async function fetchPlans(sessionId: string, signal: AbortSignal): Promise<Plan[]> {
  const answer = await getJson<{ plans: Plan[] }>(
    `/v1/sessions/${encodeURIComponent(sessionId)}/plans`,
    signal,
  );
  return answer.plans;
}

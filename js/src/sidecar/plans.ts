import type { Plan, PlanRequest } from "../generated/types.ts";
import { type Discovery, NOT_RUNNING } from "./discovery.ts";
import type { Link } from "./link.ts";
import { request, SidecarError } from "./request.ts";

const ASK_TIMEOUT_MS = 5_000;
/** A plan that is ready before the link is open would be missed until the link catches up. */
const LINK_WAIT_MS = 500;

/** Asks for a plan; the plan itself comes over the link. Throws a `SidecarError`. */
export async function askForPlan(discovery: Discovery, link: Link, wanted: PlanRequest): Promise<void> {
  if (discovery.find() === undefined) throw new SidecarError(NOT_RUNNING, 0);
  await link.opened(LINK_WAIT_MS);
  const post = () =>
    request(discovery, {
      method: "POST",
      path: "/v1/plans",
      body: JSON.stringify(wanted),
      timeoutMs: ASK_TIMEOUT_MS,
    });
  try {
    await post();
  } catch (error) {
    // No answer or a refused token may come from a sidecar that was replaced. Asking twice with one id is one request.
    if (!(error instanceof SidecarError) || ![0, 401].includes(error.status)) throw error;
    await post();
  }
}

/** Says that nobody waits for a plan any more. Never throws: the sidecar needs to know only to save work. */
export async function cancelPlan(discovery: Discovery, planId: string): Promise<void> {
  try {
    await request(discovery, {
      method: "POST",
      path: `/v1/plans/${encodeURIComponent(planId)}/cancel`,
      timeoutMs: ASK_TIMEOUT_MS,
    });
  } catch {
    // It plans to the end then.
  }
}

/** The newest plan of a session, or undefined when there is none to be had. Never throws. */
export async function newestPlan(discovery: Discovery, sessionId: string): Promise<Plan | undefined> {
  try {
    const answer = (await request(discovery, {
      method: "GET",
      path: `/v1/sessions/${encodeURIComponent(sessionId)}/plans`,
      timeoutMs: ASK_TIMEOUT_MS,
    })) as { plans?: Plan[] } | null;
    return Array.isArray(answer?.plans) ? answer.plans[0] : undefined;
  } catch {
    return undefined;
  }
}

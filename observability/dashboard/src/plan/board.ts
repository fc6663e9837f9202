import type { TaskStatus } from "../generated/types";

/** The columns of a plan's board, from what is still to be done to what is. */
export const BOARD: readonly { title: string; statuses: readonly TaskStatus[] }[] = [
  { title: "To do", statuses: ["planned", "ready"] },
  { title: "Blocked", statuses: ["blocked"] },
  { title: "Running", statuses: ["running", "verifying"] },
  { title: "Completed", statuses: ["completed"] },
  { title: "Failed or cancelled", statuses: ["failed", "cancelled"] },
];

import { dollars } from "../format/units";
import type { HistoryRow } from "../generated/types";

/** What a row cost, as far as it is known. */
export function historyCost(row: Pick<HistoryRow, "cost_usd" | "cost_known">): string {
  if (row.cost_usd === undefined) return row.cost_known ? "$0.00" : "unknown";
  return row.cost_known ? dollars(row.cost_usd) : `at least ${dollars(row.cost_usd)}`;
}

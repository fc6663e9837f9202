import { randomBytes } from "node:crypto";

/** A name for this process as a producer, `<source>.<pid>.<8 hex>`; it also names the spool file. */
export function producerName(source: "rozet-opencode" | "rozet-tui"): string {
  return `${source}.${process.pid}.${randomBytes(4).toString("hex")}`;
}

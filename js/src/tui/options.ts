import { isRecord } from "../host/clip.ts";

/** The package's name, which is part of every entry that names a released or packed one. */
const PACKAGE = "rozet-opencode";

/**
 * The person's options: those of the terminal's own entry in `tui.json`, over those of the plugin's entry in
 * `opencode.json`, so that nothing has to be set twice. `spec` is what `tui.json` names.
 */
export function optionsOf(own: unknown, entries: unknown, spec: string | undefined): unknown {
  if (own !== undefined && !isRecord(own)) return own;
  const entry = (Array.isArray(entries) ? entries : []).find(
    (entry) =>
      Array.isArray(entry) &&
      typeof entry[0] === "string" &&
      (entry[0] === spec || entry[0].includes(PACKAGE)),
  );
  const shared = Array.isArray(entry) && isRecord(entry[1]) ? entry[1] : {};
  return { ...shared, ...own };
}

import { accessSync, closeSync, constants, openSync, readSync, realpathSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** What the search depends on; passed in for tests. */
export interface Surroundings {
  env: Record<string, string | undefined>;
  platform: string;
  arch: string;
  /** Finds a file of an installed package, as `require.resolve`; throws when there is none. */
  resolve: (request: string) => string;
  /** This launcher's own file. */
  self: string;
}

/** The native binary, or every place that was looked at in vain. */
export type Found = { path: string } | { looked: string[] };

/** Finds the native `rozet-sidecar`: `ROZET_SIDECAR_BIN`, then the platform package, then `PATH`. */
export function findBinary(around: Surroundings): Found {
  const looked: string[] = [];
  const file = around.platform === "win32" ? "rozet-sidecar.exe" : "rozet-sidecar";

  const named = around.env.ROZET_SIDECAR_BIN;
  if (named) {
    const problem = unusable(named);
    // Who names a binary wants that one and no other.
    return problem === undefined ? { path: named } : { looked: [`ROZET_SIDECAR_BIN=${named}: ${problem}`] };
  }
  looked.push("ROZET_SIDECAR_BIN: not set");

  const name = `rozet-sidecar-${around.platform}-${around.arch}`;
  try {
    const manifest = around.resolve(`${name}/package.json`);
    const path = join(manifest, "..", "bin", file);
    const problem = unusable(path);
    if (problem === undefined) return { path };
    looked.push(`package ${name}: ${path}: ${problem}`);
  } catch {
    looked.push(`package ${name}: not installed`);
  }

  const folders = (around.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const folder of folders) {
    const path = join(folder, file);
    if (unusable(path) === undefined && !isLauncher(path, around.self)) return { path };
  }
  looked.push(`PATH: no native ${file} in its ${folders.length} folders`);
  return { looked };
}

function unusable(path: string): string | undefined {
  try {
    if (!statSync(path).isFile()) return "not a file";
    accessSync(path, constants.X_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "does not exist" : "not executable";
  }
}

/** Whether the file is this launcher or another install of it: npm puts those on PATH under the same name. */
function isLauncher(path: string, self: string): boolean {
  try {
    if (realpathSync(path) === realpathSync(self)) return true;
    const start = Buffer.alloc(64);
    const fd = openSync(path, "r");
    try {
      readSync(fd, start, 0, start.length, 0);
    } finally {
      closeSync(fd);
    }
    return /^#!.*\b(node|bun)\b/.test(start.toString("latin1"));
  } catch {
    return true;
  }
}

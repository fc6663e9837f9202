import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/** The class that wasm-bindgen exports. */
export interface WasmCore {
  /** Takes an envelope and returns the effects, both as JSON. */
  handle(envelopeJson: string): string;
  /** Whether a variable of the environment holds a secret. */
  is_secret(name: string, value: string): boolean;
  /** Gives the memory back. */
  free(): void;
}

interface Glue {
  initSync(input: { module: WebAssembly.Module }): unknown;
  Core: new (startJson: string) => WasmCore;
}

/** Makes a core from the JSON of its start, each time in a wasm instance of its own. */
export type CoreLoader = (startJson: string) => WasmCore;

const load = createRequire(import.meta.url);

/** Compiles the core that lies in `folder`, which ends with a slash, and returns what makes instances of it. */
export async function wasmLoader(folder: URL): Promise<CoreLoader> {
  // Compiling runs on other threads; the glue is read meanwhile.
  const compiling = WebAssembly.compile(readFileSync(new URL("rozet_core_bg.wasm", folder)));
  // Awaited below, unless the glue fails first.
  compiling.catch(() => {});
  const gluePath = fileURLToPath(new URL("rozet_core.js", folder));
  let next: Glue | undefined = freshGlue(gluePath);
  const module = await compiling;
  return (startJson) => {
    const glue = next ?? freshGlue(gluePath);
    next = undefined;
    glue.initSync({ module });
    return new glue.Core(startJson);
  };
}

/** The glue keeps its instance in module state: only a fresh module gives a fresh instance. */
function freshGlue(path: string): Glue {
  delete load.cache[path];
  return load(path) as Glue;
}

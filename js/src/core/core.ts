import type { Env } from "../folders.ts";
import type { Effect, Input, Start } from "../generated/types.ts";
import { encode } from "./json.ts";
import type { CoreLoader, WasmCore } from "./load.ts";

const MAX_RESTARTS = 5;

/** What the core could not do, told to whoever keeps the log. */
export type FaultSink = (message: string) => void;

/** The core with a fresh instance after each panic, up to a bound; then it stays silent. */
export class Core {
  /** Times that a fresh instance replaced a broken one. */
  restarts = 0;
  /** The last `seq` that the core used. */
  lastSeq = 0;
  #instance: WasmCore | undefined;

  constructor(
    private readonly load: CoreLoader,
    private readonly start: Omit<Start, "last_seq">,
    private readonly onFault: FaultSink,
  ) {
    this.#instance = this.#fresh();
  }

  /** Passes one input and returns what is to be done; nothing after a fault. Never throws. */
  handle(input: Input): Effect[] {
    if (this.#instance === undefined) return [];
    try {
      const effects: unknown = JSON.parse(this.#instance.handle(encode({ now: Date.now(), input })));
      if (!Array.isArray(effects)) throw new TypeError("the core's answer is not a list of effects");
      for (const effect of effects as Effect[]) {
        if (effect.type === "emit") this.lastSeq = Math.max(this.lastSeq, effect.event.seq ?? 0);
      }
      return effects as Effect[];
    } catch (error) {
      this.onFault(`input ${input.type}: ${error instanceof Error ? error.message : String(error)}`);
      if (isPanic(error)) this.#replace();
      return [];
    }
  }

  /** The values in an environment that are secret. Never throws. */
  secretsOf(env: Env): string[] {
    try {
      const values = Object.entries(env).flatMap(([name, value]) =>
        value !== undefined && this.#instance?.is_secret(name, value) ? [value] : [],
      );
      return [...new Set(values)];
    } catch (error) {
      this.onFault(`secrets: ${error instanceof Error ? error.message : String(error)}`);
      if (isPanic(error)) this.#replace();
      return [];
    }
  }

  #replace(): void {
    this.#instance = undefined;
    if (this.restarts >= MAX_RESTARTS) return;
    this.restarts += 1;
    try {
      this.#instance = this.#fresh();
    } catch (error) {
      this.onFault(`restart: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #fresh(): WasmCore {
    return this.load(encode({ ...this.start, last_seq: this.lastSeq } satisfies Start));
  }
}

/** After a trap the instance is in an unknown state; after a refused input it is sound. */
function isPanic(error: unknown): boolean {
  return error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
}

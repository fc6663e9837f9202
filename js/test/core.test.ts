import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import binaryen from "binaryen";
import { Core } from "../src/core/core.ts";
import { wasmLoader } from "../src/core/load.ts";
import type { Effect } from "../src/generated/types.ts";
import { ScriptedCore } from "./support/core.ts";
import { Place } from "./support/place.ts";

const START = {
  producer: "p.1.a",
  directory: "/w",
  version: "1",
  settings: { thinking: "hide", keep_thinking: false, plan: true, plan_wait_ms: 1 },
} as const;

/** Real wasm in the shape of wasm-bindgen's output: it counts in its own memory, and traps on "session_idle". */
function writeWasm(place: Place): URL {
  const module = binaryen.parseText(`(module
    (global $seq (mut i32) (i32.const 0))
    (func (export "start") (param i32) (global.set $seq (local.get 0)))
    (func (export "next") (result i32)
      (global.set $seq (i32.add (global.get $seq) (i32.const 1))) (global.get $seq))
    (func (export "trap") (unreachable)))`);
  mkdirSync(place.at("wasm"));
  writeFileSync(place.at("wasm", "rozet_core_bg.wasm"), module.emitBinary());
  writeFileSync(
    place.at("wasm", "rozet_core.js"),
    `let wasm;
    export function initSync({ module }) {
      if (wasm !== undefined) return wasm;
      wasm = new WebAssembly.Instance(module, {}).exports;
      return wasm;
    }
    export class Core {
      constructor(json) { const { producer, last_seq } = JSON.parse(json); this.producer = producer; wasm.start(last_seq); }
      handle(json) {
        const { input } = JSON.parse(json);
        if (input.type === "session_idle") wasm.trap();
        if (input.type === "session_deleted") throw new Error("refused");
        const seq = wasm.next();
        return JSON.stringify([{ type: "emit", event: { seq, event_id: this.producer + "." + seq } }]);
      }
      is_secret(name, value) { return name === "ODD" ? wasm.trap() : name === "KEY"; }
      free() {}
    }`,
  );
  return pathToFileURL(`${place.at("wasm")}/`);
}

const seqs = (effects: Effect[]) => effects.map((effect) => (effect.type === "emit" ? effect.event.seq : 0));
const compacting = { type: "compacting", session_id: "s" } as const;

test("after a trap a fresh wasm instance goes on with the next seq", async () => {
  using place = new Place();
  const faults: string[] = [];
  const core = new Core(await wasmLoader(writeWasm(place)), START, (message) => faults.push(message));
  expect(seqs(core.handle(compacting))).toEqual([1]);
  expect(seqs(core.handle(compacting))).toEqual([2]);
  expect(core.handle({ type: "session_idle", session_id: "s" })).toEqual([]);
  expect(core.restarts).toBe(1);
  expect(faults[0]).toStartWith("input session_idle:");
  expect(seqs(core.handle(compacting))).toEqual([3]);
  expect(core.lastSeq).toBe(3);
});

test("a refused input costs only itself", async () => {
  using place = new Place();
  const faults: string[] = [];
  const core = new Core(await wasmLoader(writeWasm(place)), START, (message) => faults.push(message));
  core.handle(compacting);
  expect(core.handle({ type: "session_deleted", session_id: "s" })).toEqual([]);
  expect(core.restarts).toBe(0);
  expect(faults).toEqual(["input session_deleted: refused"]);
  expect(seqs(core.handle(compacting))).toEqual([2]);
});

test("two cores in one process do not share an instance", async () => {
  using place = new Place();
  const load = await wasmLoader(writeWasm(place));
  const first = new Core(load, START, () => {});
  const second = new Core(load, START, () => {});
  expect([first, second, first].map((core) => seqs(core.handle(compacting))[0])).toEqual([1, 1, 2]);
});

test("the secrets of an environment are the core's to tell", async () => {
  using place = new Place();
  const faults: string[] = [];
  const core = new Core(await wasmLoader(writeWasm(place)), START, (message) => faults.push(message));
  expect(core.secretsOf({ KEY: "abc", PATH: "/bin", NONE: undefined })).toEqual(["abc"]);
  expect(core.secretsOf({ ODD: "abc" })).toEqual([]);
  expect(faults[0]).toStartWith("secrets:");
  expect(seqs(core.handle(compacting))).toEqual([1]);
});

test("a core that keeps breaking is given up", () => {
  const faults: string[] = [];
  const scripted = new ScriptedCore(() => {
    throw new WebAssembly.RuntimeError("unreachable");
  });
  const core = new Core(scripted.load, START, (message) => faults.push(message));
  for (let i = 0; i < 20; i += 1) expect(core.handle(compacting)).toEqual([]);
  expect(core.restarts).toBe(5);
  expect(scripted.starts).toHaveLength(6);
  expect(faults).toHaveLength(6);
});

test("an answer that is no list of effects is a fault", () => {
  const faults: string[] = [];
  const core = new Core(
    () => ({ handle: () => "{}", is_secret: () => false, free: () => {} }),
    START,
    (message) => faults.push(message),
  );
  expect(core.handle(compacting)).toEqual([]);
  expect(faults[0]).toContain("not a list of effects");
});

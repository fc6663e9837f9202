// How long the gate thinks, as wasm. Runs in OpenCode's own Bun.
//   gate.mjs <folder of a core that exports its gate> <prompts as a JSON list>   prints {p50_ms, p99_ms}
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, list] = process.argv.slice(2);
const WARM_UP = 500;
const RUNS = 5_000;

const core = await import(pathToFileURL(join(folder, "rozet_core.js")).href);
core.initSync({ module: new WebAssembly.Module(readFileSync(join(folder, "rozet_core_bg.wasm"))) });
const prompts = JSON.parse(list);
const times = [];
for (let run = 0; run < WARM_UP + RUNS; run += 1) {
  const prompt = prompts[run % prompts.length];
  const before = performance.now();
  core.judge(prompt);
  const ms = performance.now() - before;
  if (run >= WARM_UP) times.push(ms);
}
times.sort((a, b) => a - b);
const at = (share) => times[Math.floor(times.length * share)];
console.log(JSON.stringify({ p50_ms: at(0.5), p99_ms: at(0.99) }));

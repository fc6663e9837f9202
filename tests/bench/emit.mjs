// What an event costs inside OpenCode. Runs in OpenCode's own Bun, beside a running sidecar.
//   emit.mjs <package folder>   prints {"kept_us", "hook_us", "deltas_ms", "nothing_ms"}, all medians
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Delivery } from "../../js/src/delivery/delivery.ts";
import { Spool } from "../../js/src/delivery/spool.ts";
import { stateFolder } from "../../js/src/folders.ts";
import { producerName } from "../../js/src/producer.ts";
import { Discovery } from "../../js/src/sidecar/discovery.ts";

const [folder] = process.argv.slice(2);
const EVENTS = 4_000;
const WARM_UP = 1_000;
/** Events in a row, before a pause in which they are sent. */
const AT_ONCE = 50;
const DELTAS = 5_000;
const ROUNDS = 15;

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const pause = () => new Promise((resolve) => setTimeout(resolve, 5));

async function each(count, call) {
  const times = [];
  for (let index = 0; index < count; index += 1) {
    const before = performance.now();
    const pending = call(index);
    if (pending !== undefined) await pending;
    times.push((performance.now() - before) * 1e3);
    if (index % AT_ONCE === AT_ONCE - 1) await pause();
  }
  return median(times.slice(WARM_UP));
}

/** Events as large as the usual ones. */
async function kept() {
  const state = stateFolder(process.env);
  const producer = producerName("rozet-opencode");
  const spool = new Spool(join(state, "spool"), producer);
  const delivery = new Delivery(producer, spool, new Discovery(state), {
    unreachable(reason) {
      throw new Error(`no sidecar: ${reason}`);
    },
    trouble(message) {
      throw new Error(message);
    },
  });
  const us = await each(EVENTS, (index) =>
    delivery.accept({
      event_id: `${producer}.${index + 1}`,
      producer,
      seq: index + 1,
      source_app: "rozet-opencode",
      session_id: "ses_0123456789abcdefghijklmn",
      hook_event_type: "ToolCompleted",
      payload: {
        call_id: `call_${index}`,
        tool: "bash",
        title: "Runs the tests",
        output: "test result: ok. 17 passed; 0 failed; finished in 0.42s\n".repeat(5),
        output_length: 285,
        exit: 0,
      },
      timestamp: Date.now(),
      model_name: "bench/model",
    }),
  );
  await delivery.close(2_000);
  return us;
}

const directory = mkdtempSync(join(tmpdir(), "rozet-bench-"));
const nothing = async () => ({ data: undefined });
const client = new Proxy({}, { get: () => new Proxy(nothing, { get: () => nothing }) });
const module = await import(pathToFileURL(join(folder, "dist/server.js")).href);
const hooks = await module.default.server({
  client,
  directory,
  worktree: directory,
  project: { id: "bench" },
  serverUrl: new URL("http://localhost:4096/"),
});
const SESSION = "ses_0123456789abcdefghijklmn";
await hooks["chat.message"](
  { sessionID: SESSION, agent: "build", model: { providerID: "bench", modelID: "model" }, messageID: "m" },
  {
    message: {
      id: "m",
      sessionID: SESSION,
      role: "user",
      agent: "build",
      model: { providerID: "bench", modelID: "model" },
    },
    parts: [{ id: "p", type: "text", text: "!noplan rename the module" }],
  },
);

const hook_us = await each(EVENTS, (index) =>
  hooks["tool.execute.before"](
    { tool: "bash", sessionID: SESSION, callID: `call_${index}` },
    { args: { command: "cargo test --workspace", description: "Runs the tests" } },
  ),
);

/** One round of streamed text, as OpenCode tells it: each delta is an event of its own. */
async function deltas(hook) {
  const before = performance.now();
  for (let index = 0; index < DELTAS; index += 1) {
    await hook({
      event: {
        type: "message.part.delta",
        properties: { sessionID: SESSION, messageID: "m", partID: "p", field: "text", delta: "token " },
      },
    });
  }
  return performance.now() - before;
}
const ours = [];
const none = [];
for (let round = 0; round < ROUNDS; round += 1) {
  ours.push(await deltas(hooks.event));
  none.push(await deltas(async () => {}));
  await pause();
}

const kept_us = await kept();
console.log(JSON.stringify({ kept_us, hook_us, deltas_ms: median(ours), nothing_ms: median(none) }));
await hooks.dispose?.();
rmSync(directory, { recursive: true, force: true });
process.exit(0);

// What Rozet costs inside OpenCode. Runs in OpenCode's own Bun.
//   plugin.mjs <package folder> start         prints {"factory_ms"}
//   plugin.mjs <package folder> hooks <turns> prints {"hooks": {name: {calls, p50_ms, p99_ms, max_ms}}}
//   plugin.mjs <package folder> end <turns>   prints {"grown_bytes", "dispose_ms"}
import { heapStats } from "bun:jsc";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, mode, count] = process.argv.slice(2);
const module = await import(pathToFileURL(join(folder, "dist/server.js")).href);
const directory = mkdtempSync(join(tmpdir(), "rozet-bench-"));
const nothing = async () => ({ data: undefined });
const client = new Proxy({}, { get: () => new Proxy(nothing, { get: () => nothing }) });

async function start() {
  const before = performance.now();
  const hooks = await module.default.server({
    client,
    directory,
    worktree: directory,
    project: { id: "bench" },
    serverUrl: new URL("http://localhost:4096/"),
  });
  return { hooks, factory_ms: performance.now() - before };
}

const SYSTEM = "experimental.chat.system.transform";
const BIG = "x".repeat(20_000);

/** One turn of a session: a prompt, some steps with a tool call each, an answer. */
async function turn(call, session, index) {
  const message = `msg_${index}`;
  await call(
    "chat.message",
    {
      sessionID: session,
      agent: "build",
      model: { providerID: "bench", modelID: "model" },
      messageID: message,
    },
    {
      message: {
        id: message,
        sessionID: session,
        role: "user",
        agent: "build",
        model: { providerID: "bench", modelID: "model" },
      },
      parts: [
        { id: `prt_${index}`, type: "text", text: `rename the module and fix every test of part ${index}` },
      ],
    },
  );
  for (let step = 0; step < 4; step += 1) {
    const callID = `call_${index}_${step}`;
    const args = { filePath: join(directory, `file${step}.ts`), content: BIG };
    await call(SYSTEM, { sessionID: session, model: {} }, { system: ["You are a coding agent."] });
    await call(
      "chat.params",
      {
        sessionID: session,
        agent: "build",
        model: {
          id: "model",
          providerID: "bench",
          api: { npm: "@ai-sdk/openai-compatible" },
          capabilities: { reasoning: true },
        },
        provider: { id: "bench" },
        message: { id: message },
      },
      { temperature: 0, topP: 1, topK: 0, options: {} },
    );
    for (let delta = 0; delta < 20; delta += 1) {
      await call("event", {
        event: {
          type: "message.part.delta",
          properties: { sessionID: session, partID: "p", delta: "token" },
        },
      });
    }
    await call("event", {
      event: {
        type: "message.part.updated",
        properties: {
          part: {
            type: "reasoning",
            id: `r_${callID}`,
            sessionID: session,
            text: BIG,
            time: { start: 1, end: 2 },
          },
        },
      },
    });
    await call("tool.execute.before", { tool: "write", sessionID: session, callID }, { args });
    await call(
      "tool.execute.after",
      { tool: "write", sessionID: session, callID, args },
      { title: "file.ts", output: BIG, metadata: {} },
    );
    const text = { text: `<think>${BIG}</think>Done with it.` };
    await call(
      "experimental.text.complete",
      { sessionID: session, messageID: message, partID: `t_${callID}` },
      text,
    );
    // A plugin that is off is fast: only one that works is worth measuring.
    if (text.text.includes("<think>")) throw new Error("the plugin does not work: leaked thinking was kept");
  }
  await call("event", { event: { type: "session.idle", properties: { sessionID: session } } });
}

async function measure(hooks, turns) {
  const times = new Map();
  const call = async (name, ...args) => {
    const before = performance.now();
    await hooks[name]?.(...args);
    const took = performance.now() - before;
    if (!times.has(name)) times.set(name, []);
    times.get(name).push(took);
  };
  for (let index = 0; index < turns; index += 1) {
    await turn(call, `ses_bench_${index % 4}`, index);
    // Deliveries go out, and the sidecar takes them in, before the next prompt: nobody types faster.
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  const out = {};
  for (const [name, list] of times) {
    const sorted = list.toSorted((a, b) => a - b);
    out[name] = {
      calls: sorted.length,
      p50_ms: at(sorted, 0.5),
      p99_ms: at(sorted, 0.99),
      max_ms: sorted.at(-1),
    };
  }
  return out;
}

/** How much memory is held once all that can be freed is freed: the heap, and wasm's memory beside it. */
async function held() {
  for (let round = 0; round < 3; round += 1) {
    Bun.gc(true);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { heapSize, extraMemorySize } = heapStats();
  return heapSize + extraMemorySize;
}

/** What stays of `turns` turns after as many others, and how long the end takes with events on their way. */
async function end(hooks, turns) {
  const call = async (name, ...args) => await hooks[name]?.(...args);
  const some = async (from) => {
    for (let index = from; index < from + turns; index += 1) {
      await turn(call, `ses_bench_${index % 4}`, index);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  await some(0);
  const before = await held();
  await some(turns);
  const grown_bytes = (await held()) - before;
  await turn(call, "ses_bench_0", 2 * turns);
  const ending = performance.now();
  await hooks.dispose();
  return { grown_bytes, dispose_ms: performance.now() - ending };
}

const { hooks, factory_ms } = await start();
if (!hooks["chat.message"]) throw new Error("the plugin does not work: it has no hooks");
const modes = {
  start: () => ({ factory_ms }),
  hooks: async () => ({ hooks: await measure(hooks, Number(count)) }),
  end: () => end(hooks, Number(count)),
};
console.log(JSON.stringify(await modes[mode]()));
await hooks.dispose?.();
rmSync(directory, { recursive: true, force: true });
process.exit(0);

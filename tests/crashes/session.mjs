// A session that never ends, in OpenCode's own Bun: the plugin's hooks are called as OpenCode calls them, and each call
// that the plugin has come back from is noted, so that whoever kills this knows what must not be lost.
//   session.mjs <package folder> <file of notes> <session>
import { closeSync, openSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, notes, session] = process.argv.slice(2);
const module = await import(pathToFileURL(join(folder, "dist/server.js")).href);
// It goes with the home of whoever started this.
const directory = dirname(notes);
const nothing = async () => ({ data: undefined });
const client = new Proxy({}, { get: () => new Proxy(nothing, { get: () => nothing }) });
const hooks = await module.default.server({
  client,
  directory,
  worktree: directory,
  project: { id: "crash" },
  serverUrl: new URL("http://localhost:4096/"),
});
const file = openSync(notes, "a");
process.on("exit", () => closeSync(file));
for (let number = 1; ; number += 1) {
  const callID = `${session}.${number}`;
  const args = { command: `echo ${number}` };
  await hooks["tool.execute.before"]({ tool: "bash", sessionID: session, callID }, { args });
  // One write, which outlives the process as the spool's does.
  writeSync(file, `${callID}\n`);
  await new Promise((resolve) => setTimeout(resolve, number % 20 === 0 ? 5 : 0));
}

#!/usr/bin/env node
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import { findBinary } from "./launcher/find.ts";

const FORWARDED: NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

function run(path: string): void {
  let child: ChildProcess | undefined;
  for (const signal of FORWARDED) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the whole group: the child has it already.
      if (signal === "SIGINT" && process.stdin.isTTY) return;
      child?.kill(signal);
    });
  }
  child = spawn(path, process.argv.slice(2), { stdio: "inherit" });
  child.on("error", (error) => {
    console.error(`rozet-sidecar: cannot start ${path}: ${error.message}`);
    process.exitCode = 126;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + (signal ? constants.signals[signal] : 0);
  });
}

const found = findBinary({
  env: process.env,
  platform: process.platform,
  arch: process.arch,
  resolve: createRequire(import.meta.url).resolve,
  self: fileURLToPath(import.meta.url),
});

if ("path" in found) {
  run(found.path);
} else {
  console.error(
    [
      "rozet-sidecar: the native program was not found. Looked at:",
      ...found.looked.map((place) => `  - ${place}`),
      `Install rozet-opencode with its optional dependencies (for ${process.platform}-${process.arch}), ` +
        "or set ROZET_SIDECAR_BIN to the program.",
    ].join("\n"),
  );
  process.exitCode = 127;
}

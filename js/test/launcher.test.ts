import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname } from "node:path";
import { findBinary, type Surroundings } from "../src/launcher/find.ts";
import { Place, until } from "./support/place.ts";

const LAUNCHER = `${import.meta.dir}/../src/launcher.ts`;

function program(path: string, script = "#!/bin/sh\nexit 0\n"): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, script);
  chmodSync(path, 0o755);
  return path;
}

function around(changes: Partial<Surroundings>): Surroundings {
  return {
    env: {},
    platform: "linux",
    arch: "x64",
    resolve: () => {
      throw new Error("not installed");
    },
    self: LAUNCHER,
    ...changes,
  };
}

test("the named binary comes first, and a wrong one is not replaced by another", () => {
  using place = new Place();
  const named = program(place.at("mine"));
  const onPath = program(place.at("bin", "rozet-sidecar"));
  expect(findBinary(around({ env: { ROZET_SIDECAR_BIN: named } }))).toEqual({ path: named });
  const env = { ROZET_SIDECAR_BIN: place.at("nothing"), PATH: place.at("bin") };
  expect(findBinary(around({ env }))).toEqual({
    looked: [`ROZET_SIDECAR_BIN=${place.at("nothing")}: does not exist`],
  });
  expect(findBinary(around({ env: { PATH: place.at("bin") } }))).toEqual({ path: onPath });
});

test("then the platform package", () => {
  using place = new Place();
  const binary = program(place.at("node_modules", "rozet-sidecar-linux-x64", "bin", "rozet-sidecar"));
  const asked: string[] = [];
  const resolve = (request: string) => {
    asked.push(request);
    return place.at("node_modules", request);
  };
  expect(findBinary(around({ resolve }))).toEqual({ path: binary });
  expect(asked).toEqual(["rozet-sidecar-linux-x64/package.json"]);
});

test("then PATH, without itself or another install of itself", () => {
  using place = new Place();
  mkdirSync(place.at("linked"));
  symlinkSync(LAUNCHER, place.at("linked", "rozet-sidecar"));
  program(place.at("other", "rozet-sidecar"), "#!/usr/bin/env node\n");
  const native = program(place.at("native", "rozet-sidecar"), "\x7fELF");
  const path = (...names: string[]) => names.map((name) => place.at(name)).join(delimiter);
  expect(findBinary(around({ env: { PATH: path("linked", "other", "native") } }))).toEqual({ path: native });
  const nowhere = findBinary(around({ env: { PATH: path("linked", "other") } }));
  expect(nowhere).toEqual({
    looked: [
      "ROZET_SIDECAR_BIN: not set",
      "package rozet-sidecar-linux-x64: not installed",
      "PATH: no native rozet-sidecar in its 2 folders",
    ],
  });
});

const launch = (env: Record<string, string>, ...args: string[]) =>
  Bun.spawn([process.execPath, LAUNCHER, ...args], {
    env: { PATH: "/nowhere", ...env },
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });

test("arguments, streams and the exit code pass through", async () => {
  using place = new Place();
  const binary = program(place.at("b"), '#!/bin/sh\nread line\necho "$# $1 $line"\necho err >&2\nexit 7\n');
  const child = launch({ ROZET_SIDECAR_BIN: binary }, "up", "--port");
  child.stdin.write("typed\n");
  await child.stdin.end();
  expect(await new Response(child.stdout).text()).toBe("2 up typed\n");
  expect(await new Response(child.stderr).text()).toBe("err\n");
  expect(await child.exited).toBe(7);
});

test("a signal reaches the program, whose end is reported", async () => {
  using place = new Place();
  const trapping = program(
    place.at("b"),
    "#!/bin/sh\ntrap 'exit 3' TERM\necho ready\nwhile read _; do :; done\nexit 9\n",
  );
  const child = launch({ ROZET_SIDECAR_BIN: trapping });
  let out = "";
  const decoder = new TextDecoder();
  const sink = new WritableStream<Uint8Array>({
    write: (chunk) => {
      out += decoder.decode(chunk);
    },
  });
  void child.stdout.pipeTo(sink);
  await until(() => out === "ready\n");
  child.kill("SIGTERM");
  child.stdin.write("\n");
  expect(await child.exited).toBe(3);

  const dying = program(place.at("d"), "#!/bin/sh\nkill -9 $$\n");
  expect(await launch({ ROZET_SIDECAR_BIN: dying }).exited).toBe(128 + constants.signals.SIGKILL);
});

test("nothing found: every place is named and the exit code says so", async () => {
  const child = launch({});
  expect(await child.exited).toBe(127);
  const text = await new Response(child.stderr).text();
  for (const part of [
    "ROZET_SIDECAR_BIN: not set",
    `rozet-sidecar-${process.platform}`,
    "PATH:",
    "Install",
  ]) {
    expect(text).toContain(part);
  }
});

test("a program that cannot be run is named", async () => {
  using place = new Place();
  const binary = program(place.at("b"), "#!/no/such/interpreter\n");
  const child = launch({ ROZET_SIDECAR_BIN: binary });
  expect(await child.exited).toBe(126);
  expect(await new Response(child.stderr).text()).toContain(`cannot start ${binary}`);
});

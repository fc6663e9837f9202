import { expect, test } from "bun:test";
import { Discovery, NOT_RUNNING } from "../src/sidecar/discovery.ts";
import { SidecarError } from "../src/sidecar/request.ts";
import { RUN_TOOLS, SIDECAR_TOOLS } from "../src/tools/definitions.ts";
import { forwarded, sentence, translated } from "../src/tools/forwarded.ts";
import { offeredTools, REPLACING_TOOLS, WORKER_TOOLS } from "../src/tools/names.ts";
import { Place, until } from "./support/place.ts";
import { FakeSidecar } from "./support/sidecar.ts";
import { call, run } from "./support/tools.ts";

/** Nine hundred tokens at three characters each. */
const MOST_CHARS = 2_700;

interface Posted {
  path: string;
  body: Record<string, unknown>;
}

/** A sidecar whose tools answer as the test says. */
function sidecarWith(place: Place, answer: (posted: Posted) => Response | Promise<Response>) {
  const sidecar = new FakeSidecar(place.path);
  const posted: Posted[] = [];
  sidecar.override = (path, request) =>
    path.startsWith("/v1/tools/")
      ? request.json().then((body) => {
          const one = { path, body: body as Posted["body"] };
          posted.push(one);
          return answer(one);
        })
      : undefined;
  const discovery = new Discovery(place.path);
  const tool = (name: string, mode: "worker" | "replace" = "worker") => {
    const offered = offeredTools(mode)[name];
    if (offered === undefined) throw new Error(`no tool ${name}`);
    return forwarded(offered, discovery, "/w");
  };
  return { sidecar, posted, tool };
}

test("together the definitions are short", () => {
  expect(JSON.stringify({ ...SIDECAR_TOOLS, ...RUN_TOOLS }).length).toBeLessThan(MOST_CHARS);
  expect(JSON.stringify(RUN_TOOLS).length).toBeLessThan(360);
});

test("each mode offers each of the sidecar's tools once", () => {
  const all = Object.keys(SIDECAR_TOOLS).toSorted();
  for (const mode of ["worker", "replace"] as const) {
    expect(
      Object.values(offeredTools(mode))
        .map(({ tool }) => tool as string)
        .toSorted(),
    ).toEqual(all);
  }
  expect(Object.keys(WORKER_TOOLS).every((name) => name.startsWith("rozet_"))).toBe(true);
  expect(offeredTools("off")).toEqual({});
});

test("in place of OpenCode's own they take the arguments that models know from those", () => {
  const names = Object.entries(REPLACING_TOOLS).map(([name, { parameters }]) => [
    name,
    Object.keys(parameters.properties).toSorted(),
    parameters.required,
  ]);
  expect(names).toEqual([
    ["read", ["filePath", "limit", "offset"], ["filePath"]],
    ["write", ["content", "filePath"], ["filePath", "content"]],
    ["edit", ["filePath", "newString", "oldString", "replaceAll"], ["filePath", "oldString", "newString"]],
    ["list", ["path", "pattern"], []],
    ["grep", ["ignore_case", "include", "path", "pattern"], ["pattern"]],
    ["bash", ["command", "timeout", "workdir"], ["command"]],
  ]);
  expect(REPLACING_TOOLS.edit?.description).toContain("oldString must match");
});

test("a call goes to the sidecar with its session and the workspace, and its answer comes back", async () => {
  using place = new Place();
  const { sidecar, posted, tool } = sidecarWith(place, () =>
    Response.json({ output: "hello\n", title: "echo hello", sandboxed: true, metadata: { exit_code: 3 } }),
  );
  expect(await run(tool("rozet_shell"), { command: "echo hello" })).toEqual({
    title: "echo hello",
    output: "hello\n",
    metadata: { exit_code: 3, exit: 3, sandboxed: true },
  });
  expect(posted).toEqual([
    {
      path: "/v1/tools/execute_bash",
      body: { directory: "/w", session_id: "s1", arguments: { command: "echo hello" } },
    },
  ]);
  await sidecar.stop();
});

test.each([
  [
    "edit",
    { filePath: "a", oldString: "x", newString: "", replaceAll: false },
    { path: "a", old_string: "x", new_string: "", replace_all: false },
  ],
  ["read", { filePath: "a", offset: 0, limit: "20" }, { path: "a", limit: 20 }],
  ["read", { filePath: "a", offset: null, limit: undefined, colour: "red" }, { path: "a" }],
  ["list", { path: "", pattern: "" }, {}],
  ["bash", { command: "x", timeout: 5_000, workdir: "" }, { command: "x", timeout_ms: 5_000 }],
  [
    "edit",
    { filePath: "a", oldString: "x", newString: "y", replaceAll: "true" },
    { path: "a", old_string: "x", new_string: "y", replace_all: true },
  ],
  ["list", undefined, {}],
])("%s %j", (name, given, expected) => {
  const offered = REPLACING_TOOLS[name];
  expect(offered && translated(offered, given)).toEqual(expected);
});

test("what is missing is named, and nothing is sent", async () => {
  using place = new Place();
  const { sidecar, posted, tool } = sidecarWith(place, () => Response.json({}));
  await expect(run(tool("rozet_edit"), { path: "a", old_string: "" })).rejects.toThrow(
    "Missing: new_string.",
  );
  expect(posted).toEqual([]);
  await sidecar.stop();
});

test("what the sidecar refuses is the call's error, in its words", async () => {
  using place = new Place();
  const message = "old_string occurs 3 times in a.txt";
  const { sidecar, tool } = sidecarWith(place, () =>
    Response.json({ error: { code: "failed", message } }, { status: 422 }),
  );
  await expect(run(tool("rozet_edit"), { path: "a.txt", old_string: "x", new_string: "y" })).rejects.toThrow(
    message,
  );
  await sidecar.stop();
});

test("without a sidecar each tool says so at once", async () => {
  using place = new Place();
  for (const offered of Object.values(WORKER_TOOLS)) {
    const args = Object.fromEntries(offered.parameters.required.map((name) => [name, "x"]));
    const started = performance.now();
    await expect(run(forwarded(offered, new Discovery(place.path), "/w"), args)).rejects.toThrow(
      "The Rozet sidecar is not running. The person can start it with `rozet-sidecar up`.",
    );
    expect(performance.now() - started).toBeLessThan(200);
  }
});

test("errors are one sentence", () => {
  expect(sentence(new SidecarError(NOT_RUNNING, 0))).toContain("The Rozet sidecar is not running");
  expect(sentence(new SidecarError("the sidecar answered 500: x", 500))).toBe(
    "Rozet: the sidecar answered 500: x.",
  );
  expect(sentence("odd")).toBe("Rozet: odd.");
});

test("a sidecar that was replaced gets the call once more", async () => {
  using place = new Place();
  let tries = 0;
  const { sidecar, tool } = sidecarWith(place, () => {
    tries += 1;
    return tries === 1 ? new Response("no", { status: 401 }) : Response.json({ output: "yes" });
  });
  expect(await run(tool("rozet_read"), { path: "a" })).toMatchObject({ output: "yes", title: "" });
  await sidecar.stop();
});

test("the end of the turn ends the call", async () => {
  using place = new Place();
  let aborted = false;
  const { sidecar, posted, tool } = sidecarWith(place, () => new Promise<Response>(() => {}));
  const usual = sidecar.override;
  sidecar.override = (path, request) => {
    request.signal.addEventListener("abort", () => {
      aborted = true;
    });
    return usual(path, request);
  };
  const turn = new AbortController();
  const pending = run(tool("rozet_shell"), { command: "sleep 60" }, call(turn.signal).context);
  const failed = pending.then(
    () => false,
    () => true,
  );
  await until(() => posted.length === 1);
  turn.abort();
  expect(await failed).toBe(true);
  await until(() => aborted);
  await sidecar.stop();
});

test("in place of OpenCode's own they ask what those would ask; a worker's ask nothing", async () => {
  using place = new Place();
  const { sidecar, posted, tool } = sidecarWith(place, () => Response.json({ output: "" }));
  const questions = async (name: string, args: object) => {
    const { context, asked } = call();
    await run(tool(name, "replace"), args, context);
    return asked.map(({ permission, patterns }) => [permission, patterns]);
  };
  expect(await questions("write", { filePath: "/w/src/a.ts", content: "" })).toEqual([
    ["edit", ["src/a.ts"]],
  ]);
  expect(await questions("edit", { filePath: "b.ts", oldString: "x", newString: "y" })).toEqual([
    ["edit", ["b.ts"]],
  ]);
  expect(await questions("read", { filePath: "/w/.env" })).toEqual([["read", [".env"]]]);
  expect(await questions("grep", { pattern: "x+" })).toEqual([["grep", ["x+"]]]);
  expect(await questions("list", {})).toEqual([["list", ["*"]]]);
  expect(await questions("bash", { command: "cd src && rm -rf x; ls | wc" })).toEqual([
    ["bash", ["cd src", "rm -rf x", "ls", "wc"]],
  ]);
  expect(posted).toHaveLength(6);
  const refusing = call(undefined, "the person said no");
  const write = run(tool("write", "replace"), { filePath: "a", content: "" }, refusing.context);
  await expect(write).rejects.toThrow("the person said no");
  expect(posted).toHaveLength(6);
  const { context, asked } = call();
  await run(tool("rozet_write"), { path: "a", content: "" }, context);
  expect(asked).toEqual([]);
  await sidecar.stop();
});

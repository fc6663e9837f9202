import { expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { Backoff } from "../src/sidecar/backoff.ts";
import { Discovery } from "../src/sidecar/discovery.ts";
import { request, type SidecarError } from "../src/sidecar/request.ts";
import { Place } from "./support/place.ts";
import { FakeSidecar } from "./support/sidecar.ts";

const get = (discovery: Discovery, path: string, timeoutMs = 2_000) =>
  request(discovery, { method: "GET", path, timeoutMs }).then(
    (answer) => ({ answer }),
    (error: SidecarError) => ({ error }),
  );

test("found through its files, read anew only after forget", async () => {
  using place = new Place();
  const discovery = new Discovery(place.path);
  expect(discovery.find()).toBeUndefined();
  const sidecar = new FakeSidecar(place.path);
  expect(discovery.find()).toEqual({ url: sidecar.url, token: "t0ken" });
  sidecar.announce("http://127.0.0.1:1/");
  expect(discovery.find()?.url).toBe(sidecar.url);
  discovery.forget();
  expect(discovery.find()?.url).toBe("http://127.0.0.1:1");
  await sidecar.stop();
});

test.each([
  ["elsewhere", `{"url":"http://evil.example:4000","pid":${process.pid}}`],
  ["a lookalike", `{"url":"http://127.0.0.1.evil.example","pid":${process.pid}}`],
  ["credentials in it", `{"url":"http://127.0.0.1@evil.example","pid":${process.pid}}`],
  ["another scheme", `{"url":"file:///etc/passwd","pid":${process.pid}}`],
  ["no url", '{"url":7}'],
  ["a process that is gone", '{"url":"http://127.0.0.1:4000","pid":2147483646}'],
  ["no process", '{"url":"http://127.0.0.1:4000"}'],
  ["half a file", '{"url":"http://127'],
  ["null", "null"],
])("a file that says %s is not followed", (_name, content) => {
  using place = new Place();
  writeFileSync(place.at("sidecar.json"), content);
  const discovery = new Discovery(place.path);
  expect(discovery.find()).toBeUndefined();
});

test("a missing token file is no obstacle to reads", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.path);
  rmSync(place.at("token"));
  expect(await get(new Discovery(place.path), "/v1/sessions/s/plans")).toEqual({ answer: { plans: [] } });
  await sidecar.stop();
});

test("answers that are wrong, late, endless or absent are errors that say so", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.path);
  const discovery = new Discovery(place.path);
  sidecar.override = (path) => {
    if (path === "/prose") return new Response("hello");
    if (path === "/late") return new Promise<Response>(() => {});
    if (path === "/big") return new Response("x".repeat(5 * 1024 * 1024));
    if (path === "/away") return Response.redirect("http://evil.example/");
    return new Response("{}", { status: 500 });
  };
  const messageOf = async (path: string, timeoutMs?: number) => {
    const outcome = await get(discovery, path, timeoutMs);
    return "error" in outcome ? outcome.error.message : "no error";
  };
  expect(await messageOf("/prose")).toContain("is not the sidecar, or is broken: its answer is not JSON");
  expect(await messageOf("/late", 50)).toContain("does not answer");
  expect(await messageOf("/big")).toContain("longer than");
  expect(await messageOf("/away")).toContain("does not answer");
  expect(await messageOf("/broken")).toBe("the sidecar answered 500: {}");
  await sidecar.stop();
  expect(await messageOf("/gone")).toContain("does not answer");
  expect(await messageOf("/gone")).toBe("the Rozet sidecar is not running");
});

test("the token stays on the machine when a proxy is set", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.path);
  const seen: string[] = [];
  const proxy = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (req) => {
      seen.push(req.url);
      return new Response("proxied", { status: 502 });
    },
  });
  // A process of its own: Bun may read the variables only once.
  const child = Bun.spawn(
    [
      process.execPath,
      "-e",
      `const { Discovery } = await import(${JSON.stringify(`${import.meta.dir}/../src/sidecar/discovery.ts`)});
       const { request } = await import(${JSON.stringify(`${import.meta.dir}/../src/sidecar/request.ts`)});
       const discovery = new Discovery(${JSON.stringify(place.path)});
       const answer = await request(discovery, { method: "GET", path: "/v1/sessions/s/plans", timeoutMs: 2000 });
       console.log(JSON.stringify(answer));`,
    ],
    {
      env: {
        ...process.env,
        HTTP_PROXY: `http://127.0.0.1:${proxy.port}`,
        http_proxy: `http://127.0.0.1:${proxy.port}`,
        NO_PROXY: "",
        no_proxy: "",
      },
      stderr: "inherit",
    },
  );
  expect(await new Response(child.stdout).text()).toBe('{"plans":[]}\n');
  expect(seen).toEqual([]);
  await proxy.stop(true);
  await sidecar.stop();
});

test("pauses grow, vary and are bounded", () => {
  const backoff = new Backoff(100, 1_000);
  const pauses = Array.from({ length: 50 }, () => backoff.next());
  expect(pauses[0]).toBeGreaterThanOrEqual(50);
  expect(pauses[0]).toBeLessThanOrEqual(100);
  expect(pauses[2]).toBeGreaterThanOrEqual(200);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(1_000);
  expect(new Set(pauses.slice(10)).size).toBeGreaterThan(10);
  expect(backoff.failures).toBe(50);
  backoff.reset();
  expect(backoff.next()).toBeLessThanOrEqual(100);
});

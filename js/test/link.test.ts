import { expect, test } from "bun:test";
import type { LinkFrame } from "../src/generated/types.ts";
import { Discovery } from "../src/sidecar/discovery.ts";
import { Link } from "../src/sidecar/link.ts";
import { SseParser } from "../src/sidecar/sse.ts";
import { Place, until } from "./support/place.ts";
import { plan } from "./support/plan.ts";
import { FakeSidecar } from "./support/sidecar.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

test("events are put together from any pieces", () => {
  const stream = ': hi\n\ndata: {"a":"ä"}\r\n\r\nevent: x\ndata: one\ndata:two\n\nid: 7\n\n';
  const whole = new SseParser().push(bytes(stream));
  expect(whole).toEqual(['{"a":"ä"}', "one\ntwo"]);
  for (let size = 1; size < 8; size += 1) {
    const parser = new SseParser();
    const all = bytes(stream);
    const pieces: string[] = [];
    for (let at = 0; at < all.length; at += size) pieces.push(...parser.push(all.slice(at, at + size)));
    expect(pieces).toEqual(whole);
  }
});

test("a frame without end is an error", () => {
  const parser = new SseParser();
  const chunk = bytes(`data: ${"x".repeat(1024 * 1024)}`);
  expect(() => {
    for (let i = 0; i < 10; i += 1) parser.push(chunk);
  }).toThrow("longer than");
});

function build(place: Place) {
  const frames: LinkFrame[] = [];
  const states: boolean[] = [];
  const link = new Link("rozet-opencode.1.a", new Discovery(place.path), {
    frame: (frame) => frames.push(frame),
    connected: (on) => states.push(on),
  });
  return { link, frames, states };
}

test("frames come, and come again after a cut", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.path);
  const { link, frames, states } = build(place);
  link.start();
  expect(await link.opened(2_000)).toBe(true);
  sidecar.send({ type: "plan", plan: plan("s", "p1") });
  await until(() => frames.length === 2);
  expect(frames[0]).toEqual({ type: "hello", version: "0.1.0", protocol: 1 });
  expect(sidecar.links).toEqual([{ producer: "rozet-opencode.1.a" }]);
  sidecar.cutLinks();
  await until(() => sidecar.links.length === 2);
  await until(() => link.isOpen);
  expect(states).toEqual([true, false, true]);
  link.close();
  await until(() => sidecar.openLinks === 0);
  expect(states).toEqual([true, false, true, false]);
  await sidecar.stop();
});

test("a link that takes calls says so, and for which directory", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.path);
  const listener = { frame() {}, connected() {} };
  const link = new Link("rozet-opencode.1.a", new Discovery(place.path), listener, "/a b&c");
  link.start();
  await until(() => sidecar.links.length === 1);
  expect(sidecar.links).toEqual([{ producer: "rozet-opencode.1.a", calls: "1", directory: "/a b&c" }]);
  link.close();
  await sidecar.stop();
});

test("following a session brings its plans", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.path);
  sidecar.plans = [plan("s1", "p1"), plan("s2", "p2")];
  const { link, frames } = build(place);
  link.start();
  await link.opened(2_000);
  const planIds = () => frames.flatMap((frame) => (frame.type === "plan" ? [frame.plan.plan_id] : []));
  link.follow("s1");
  await until(() => planIds().length === 1);
  link.follow("s2");
  await until(() => planIds().length === 2);
  expect(planIds()).toEqual(["p1", "p2"]);
  link.close();
  await sidecar.stop();
});

test("without a sidecar it stays quiet; a nudge finds one that has come up", async () => {
  using place = new Place();
  const { link } = build(place);
  link.start();
  expect(await link.opened(20)).toBe(false);
  const sidecar = new FakeSidecar(place.path);
  link.start();
  expect(await link.opened(2_000)).toBe(true);
  link.close();
  await sidecar.stop();
});

test.each([
  ["an error", () => new Response("no", { status: 500 })],
  ["prose", () => new Response("data: hello\n\ndata: 7\n\ndata: null\n\n")],
  ["an endless frame", () => new Response(`data: ${"x".repeat(6 * 1024 * 1024)}`)],
])("a sidecar that answers %s does no harm", async (_name, answer) => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.path);
  let asked = 0;
  sidecar.override = (path) => {
    if (path !== "/v1/link") return undefined;
    asked += 1;
    return asked === 1 ? answer() : undefined;
  };
  const { link, frames } = build(place);
  link.start();
  await until(() => link.isOpen);
  expect(frames.map((frame) => frame.type)).toContain("hello");
  link.close();
  await sidecar.stop();
});

test("a closed link keeps no process alive", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.path);
  const src = `${import.meta.dir}/../src/sidecar`;
  const child = Bun.spawn(
    [
      process.execPath,
      "-e",
      `const { Discovery } = await import(${JSON.stringify(`${src}/discovery.ts`)});
       const { Link } = await import(${JSON.stringify(`${src}/link.ts`)});
       const link = new Link("p.1.a", new Discovery(${JSON.stringify(place.path)}), { frame() {}, connected() {} });
       link.start();
       await new Promise((resolve) => { const t = setInterval(() => { if (link.isOpen) { clearInterval(t); resolve(); } }, 5); });
       console.log("open");
       link.close();`,
    ],
    { stderr: "inherit" },
  );
  expect(await new Response(child.stdout).text()).toBe("open\n");
  expect(await Promise.race([child.exited, Bun.sleep(3_000).then(() => "still alive")])).toBe(0);
  child.kill();
  await sidecar.stop();
});

import { expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { Delivery } from "../src/delivery/delivery.ts";
import { Spool } from "../src/delivery/spool.ts";
import { Discovery } from "../src/sidecar/discovery.ts";
import { event } from "./support/core.ts";
import { Place, until } from "./support/place.ts";
import { FakeSidecar } from "./support/sidecar.ts";

const PRODUCER = "rozet-opencode.1.abcdef01";

function build(place: Place, maxBytes?: number) {
  const said = { unreachable: [] as string[], trouble: [] as string[] };
  const spool = new Spool(place.at("spool"), PRODUCER, maxBytes);
  const delivery = new Delivery(PRODUCER, spool, new Discovery(place.path), {
    unreachable: (reason) => said.unreachable.push(reason),
    trouble: (message) => said.trouble.push(message),
  });
  let seq = 0;
  const emit = (count = 1, payload = {}) => {
    for (let i = 0; i < count; i += 1) delivery.accept(event(PRODUCER, ++seq, "Notification", payload));
  };
  return { delivery, spool, said, emit };
}

const content = (spool: Spool) => readFileSync(spool.path, "utf8");

test("an event is in the spool before it is sent, and out of it after the acknowledgement", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.path);
  const { delivery, spool, emit } = build(place);
  emit(3);
  expect(content(spool).trim().split("\n")).toHaveLength(3);
  expect(sidecar.events).toHaveLength(0);
  await until(() => sidecar.events.length === 3 && content(spool) === "");
  expect(sidecar.batches).toEqual([3]);
  expect(sidecar.events.map((e) => e.seq)).toEqual([1, 2, 3]);
  await delivery.close(200);
  expect(existsSync(spool.path)).toBe(false);
  await sidecar.stop();
});

test("what was put together and what was lost is told with the events", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.path);
  const { delivery, emit } = build(place);
  delivery.coalesced = 5_000;
  delivery.dropped = 2;
  emit(1);
  await until(() => sidecar.bodies.length === 1);
  expect(sidecar.bodies[0]).toMatchObject({ producer: PRODUCER, coalesced: 5_000, dropped: 2 });
  await delivery.close(200);
  await sidecar.stop();
});

test("a flood goes out in batches of at most 100, in order", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.path);
  const { delivery, emit } = build(place);
  emit(350);
  await until(() => sidecar.events.length === 350);
  expect(Math.max(...sidecar.batches)).toBe(100);
  expect(sidecar.events.map((e) => e.seq)).toEqual(Array.from({ length: 350 }, (_, i) => i + 1));
  await delivery.close(200);
  await sidecar.stop();
});

test("without a sidecar events wait in the spool, with one word about it, and go out when it comes", async () => {
  using place = new Place();
  const { delivery, spool, said, emit } = build(place);
  emit(5);
  await until(() => said.unreachable.length === 1);
  expect(said.unreachable).toEqual(["the Rozet sidecar is not running"]);
  emit(5);
  const sidecar = new FakeSidecar(place.path);
  delivery.wake();
  await until(() => sidecar.events.length === 10 && content(spool) === "");
  expect(said.unreachable).toHaveLength(1);
  await delivery.close(200);
  await sidecar.stop();
});

test("a failing sidecar is tried again, and sent nothing twice that it acknowledged", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.path);
  let failures = 2;
  sidecar.override = (path) =>
    path === "/v1/events" && failures-- > 0 ? new Response("busy", { status: 503 }) : undefined;
  const { delivery, said, emit } = build(place);
  emit(2);
  await until(() => sidecar.events.length === 2);
  expect(sidecar.events.map((e) => e.seq)).toEqual([1, 2]);
  expect(said.unreachable).toEqual([]);
  await delivery.close(200);
  await sidecar.stop();
});

test("a sidecar that goes on failing is told of with the third failure", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.path);
  let tries = 0;
  sidecar.override = (path) => {
    if (path !== "/v1/events") return undefined;
    tries += 1;
    return new Response("broken", { status: 500 });
  };
  const { delivery, said, emit } = build(place);
  emit();
  await until(() => said.unreachable.length > 0);
  expect(tries).toBe(3);
  expect(said.unreachable).toEqual(["the sidecar answered 500: broken"]);
  await delivery.close(200);
  await sidecar.stop();
});

test("a new token is read after a 401", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.path);
  const { delivery, emit } = build(place);
  emit();
  await until(() => sidecar.events.length === 1);
  sidecar.token = "another";
  sidecar.announce();
  emit();
  await until(() => sidecar.events.length === 2);
  await delivery.close(200);
  await sidecar.stop();
});

test("a restarted sidecar on another port is found", async () => {
  using place = new Place();
  const first = new FakeSidecar(place.path);
  const { delivery, emit } = build(place);
  emit();
  await until(() => first.events.length === 1);
  await first.stop();
  const second = new FakeSidecar(place.path);
  emit();
  await until(() => second.events.length === 1);
  expect(second.events[0]?.seq).toBe(2);
  await delivery.close(200);
  await second.stop();
});

test("an event that the sidecar will not take costs only itself", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.path);
  sidecar.override = (path, request) => {
    if (path !== "/v1/events") return undefined;
    return request
      .clone()
      .text()
      .then((text) => (text.includes("poison") ? new Response("too large", { status: 413 }) : undefined))
      .then((refusal) => refusal ?? fallback(request));
  };
  const fallback = async (request: Request) => {
    const { events } = (await request.json()) as { events: Array<{ seq: number }> };
    for (const e of events) sidecar.events.push(e as never);
    return Response.json({
      producer: PRODUCER,
      acked_seq: Math.max(...events.map((e) => e.seq)),
      rejected: [],
    });
  };
  const { delivery, spool, said, emit } = build(place);
  emit(3);
  emit(1, { poison: true });
  emit(4);
  await until(() => sidecar.events.length === 7 && content(spool) === "");
  expect(sidecar.events.map((e) => e.seq)).toEqual([1, 2, 3, 5, 6, 7, 8]);
  expect(delivery.refused).toBe(1);
  expect(said.trouble).toHaveLength(1);
  await delivery.close(200);
  await sidecar.stop();
});

test("an acknowledgement of less than was sent keeps the rest", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.path);
  let first = true;
  sidecar.override = (path) => {
    if (path !== "/v1/events" || !first) return undefined;
    first = false;
    return Response.json({ producer: PRODUCER, acked_seq: 2, stored: 2, duplicates: 0, rejected: [] });
  };
  const { delivery, spool, emit } = build(place);
  emit(3);
  await until(() => sidecar.events.length === 1 && content(spool) === "");
  expect(sidecar.events[0]?.seq).toBe(3);
  await delivery.close(200);
  await sidecar.stop();
});

test.each([
  ["prose", () => new Response("<html>hello</html>")],
  ["null", () => new Response("null")],
  ["no acknowledgement", () => Response.json({ ok: true })],
])("a sidecar that answers %s acknowledges nothing", async (_name, answer) => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.path);
  let asked = 0;
  sidecar.override = (path) => {
    if (path !== "/v1/events") return undefined;
    asked += 1;
    return answer();
  };
  const { delivery, spool, emit } = build(place);
  emit();
  await until(() => asked >= 2);
  await delivery.close(50);
  expect(content(spool).trim().split("\n")).toHaveLength(1);
  await sidecar.stop();
});

test("a full spool drops, counts and says so once; the rest still goes out", async () => {
  using place = new Place();
  const { delivery, said, emit } = build(place, 1_000);
  emit(20);
  expect(delivery.dropped).toBeGreaterThan(0);
  expect(said.trouble).toHaveLength(1);
  const kept = 20 - delivery.dropped;
  const sidecar = new FakeSidecar(place.path);
  await until(() => sidecar.events.length === kept);
  await delivery.close(200);
  await sidecar.stop();
});

test("with an unwritable spool events go out from memory, bounded", async () => {
  using place = new Place();
  writeFileSync(place.at("spool"), "in the way");
  const { delivery, said, emit } = build(place);
  emit(1_200);
  expect(said.trouble).toHaveLength(1);
  expect(delivery.dropped).toBe(200);
  const sidecar = new FakeSidecar(place.path);
  await until(() => sidecar.events.length === 1_000);
  await delivery.close(200);
  await sidecar.stop();
});

test("closing sends what is left, and does not wait for one who hangs", async () => {
  using place = new Place();
  const sidecar = new FakeSidecar(place.path);
  const quick = build(place);
  quick.emit(250);
  await quick.delivery.close(500);
  expect(sidecar.events).toHaveLength(250);
  expect(existsSync(quick.spool.path)).toBe(false);

  sidecar.override = () => new Promise<Response>(() => {});
  const hung = build(place);
  hung.emit(2);
  const started = performance.now();
  await hung.delivery.close(100);
  expect(performance.now() - started).toBeLessThan(1_000);
  expect(content(hung.spool).trim().split("\n")).toHaveLength(2);
  hung.emit();
  expect(content(hung.spool).trim().split("\n")).toHaveLength(2);
  await sidecar.stop();
});

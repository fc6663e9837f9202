import { expect, test } from "bun:test";
import { guard, Meter } from "../src/guard.ts";

function surroundings() {
  const faults: string[] = [];
  const meter = new Meter();
  return {
    faults,
    meter,
    context: { meter, onFault: (text: string) => faults.push(text), active: () => true },
  };
}

test("a throw and a rejection end here", async () => {
  const { context, meter, faults } = surroundings();
  await guard(context, "a", 50, () => {
    throw new Error("sync");
  })();
  await guard(context, "b", 50, () => Promise.reject(new Error("async")))();
  await guard(context, "c", 50, () => Promise.reject("a string"))();
  expect(meter.faults).toBe(3);
  expect(faults).toEqual(["hook a: sync", "hook b: async", "hook c: a string"]);
});

test("a hang is cut off at the deadline", async () => {
  const { context, meter, faults } = surroundings();
  const started = performance.now();
  await guard(context, "slow", 30, () => new Promise<void>(() => {}))();
  expect(performance.now() - started).toBeLessThan(1_000);
  expect(meter.faults).toBe(1);
  expect(faults).toEqual(["hook slow: cut off after 30 ms"]);
});

test("a failure after the deadline is nobody's unhandled rejection", async () => {
  const { context, meter } = surroundings();
  let fail = (_: Error) => {};
  const unhandled: unknown[] = [];
  const listener = (error: unknown) => void unhandled.push(error);
  process.on("unhandledRejection", listener);
  await guard(
    context,
    "late",
    5,
    () =>
      new Promise<void>((_, reject) => {
        fail = reject;
      }),
  )();
  fail(new Error("too late"));
  await new Promise((resolve) => setTimeout(resolve, 10));
  process.off("unhandledRejection", listener);
  expect(unhandled).toEqual([]);
  expect(meter.faults).toBe(1);
});

test("runs are counted and timed, waits for plans taken off", async () => {
  const { context, meter } = surroundings();
  const hook = guard(context, "h", 1_000, (ms: number) => {
    if (ms === 0) return undefined;
    return Bun.sleep(ms).then(() => {
      meter.planWaitMs += ms;
    });
  });
  await hook(0);
  await hook(60);
  const [measured] = meter.overhead(1, 2).hooks;
  expect(measured).toMatchObject({ hook: "h", calls: 2 });
  expect(measured?.max_ms).toBeLessThan(40);
  expect(meter.overhead(1.5, 2)).toMatchObject({ factory_ms: 1.5, core_restarts: 2, plan_wait_ms: 60 });
});

test("an inactive guard does nothing", async () => {
  const { context, meter } = surroundings();
  let ran = false;
  await guard({ ...context, active: () => false }, "h", 10, () => {
    ran = true;
    return undefined;
  })();
  expect(ran).toBe(false);
  expect(meter.overhead(0, 0).hooks).toEqual([]);
});

import { expect, test } from "bun:test";
import { givePlace, takePlace } from "../src/host/single.ts";

test("one Rozet for each instance, until it gives its place up", () => {
  const [client, other] = [{}, {}];
  expect(takePlace(client, "1")).toBeUndefined();
  expect(takePlace(client, "2")).toBe("1");
  expect(takePlace(other, "2")).toBeUndefined();
  givePlace(client);
  expect(takePlace(client, "2")).toBeUndefined();
});

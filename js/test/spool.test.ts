import { expect, test } from "bun:test";
import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { Spool } from "../src/delivery/spool.ts";
import { Place } from "./support/place.ts";

test("made at the first line, private, gone when empty", () => {
  using place = new Place();
  const spool = new Spool(place.at("state", "spool"), "p.1.a");
  expect(existsSync(place.at("state"))).toBe(false);
  expect(spool.append('{"seq":1}')).toBe("kept");
  expect(readFileSync(spool.path, "utf8")).toBe('{"seq":1}\n');
  expect(statSync(spool.path).mode & 0o777).toBe(0o600);
  expect(statSync(place.at("state", "spool")).mode & 0o777).toBe(0o700);
  spool.clear();
  expect(readFileSync(spool.path, "utf8")).toBe("");
  expect(spool.append('{"seq":2}')).toBe("kept");
  expect(readFileSync(spool.path, "utf8")).toBe('{"seq":2}\n');
  spool.clear();
  spool.close();
  expect(existsSync(spool.path)).toBe(false);
});

test("what is not acknowledged stays", () => {
  using place = new Place();
  const spool = new Spool(place.path, "p.1.a");
  spool.append("1");
  spool.close();
  expect(readFileSync(spool.path, "utf8")).toBe("1\n");
});

test("lines are read in order, in slices bounded by count and bytes", () => {
  using place = new Place();
  const spool = new Spool(place.path, "p.1.a");
  const written = Array.from({ length: 10 }, (_, i) => `${i}-ä${"x".repeat(i)}`);
  for (const line of written) spool.append(line);
  const read: string[] = [];
  let offset = 0;
  while (offset < spool.size) {
    const slice = spool.read(offset, 3, 25);
    expect(slice.lines.length).toBeGreaterThan(0);
    expect(slice.lines.length).toBeLessThanOrEqual(3);
    read.push(...slice.lines);
    offset = slice.end;
  }
  expect(read).toEqual(written);
});

test("a line longer than the byte bound is read all the same", () => {
  using place = new Place();
  const spool = new Spool(place.path, "p.1.a");
  const long = "y".repeat(100);
  spool.append(long);
  spool.append("z");
  expect(spool.read(0, 10, 20).lines).toEqual([long, "z"]);
});

test("bounded", () => {
  using place = new Place();
  const spool = new Spool(place.path, "p.1.a", 20);
  expect(spool.append("0123456789")).toBe("kept");
  expect(spool.append("0123456789")).toBe("full");
  expect(spool.append("01234567")).toBe("kept");
  expect(spool.size).toBe(20);
});

test("a folder that cannot be made is an answer, not an exception", () => {
  using place = new Place();
  writeFileSync(place.at("file"), "");
  const spool = new Spool(place.at("file", "spool"), "p.1.a");
  expect(spool.append("1")).toBe("unwritable");
  expect(spool.size).toBe(0);
  spool.clear();
  spool.close();
});

test.skipIf(process.platform !== "linux")("a full disk is an answer, not an exception", () => {
  // Writing to /dev/full fails with ENOSPC.
  using place = new Place();
  symlinkSync("/dev/full", place.at("p.1.a.jsonl"));
  expect(new Spool(place.path, "p.1.a").append("1")).toBe("unwritable");
});

import { describe, expect, it } from "vitest";
import type { Health } from "../generated/types";
import { figuresOf } from "./figures";

const health: Health = {
  status: "ok",
  name: "rozet-sidecar",
  version: "0.1.0",
  protocol: 1,
  pid: 7,
  url: "http://127.0.0.1:4000",
  dashboard_url: "http://127.0.0.1:5173",
  started_at: 0,
  store: {
    path: "/db",
    events: 12_345,
    bytes: 2_000_000,
    database_bytes: 1_500_000,
    log_bytes: 500_000,
    set_aside: null,
    durability: "process",
    index_bytes: 10,
    max_age_days: 90,
    max_bytes: 2_147_483_648,
    redacted: {},
  },
  producers: [
    {
      producer: "p",
      last_seq: 9,
      missing: 2,
      duplicates: 1,
      rejected: 0,
      coalesced: 0,
      dropped: 1,
      redacted: 3,
    },
  ],
  spools: [
    { producer: "p", bytes: 1_200_000 },
    { producer: "q", bytes: 300_000 },
  ],
  off: false,
  components: [],
  degraded: [],
};

describe("health", () => {
  const value = (one: Health, group: string, label: string) =>
    figuresOf(one, 65_000)
      .find(({ title }) => title === group)
      ?.figures.find((figure) => figure.label === label);

  it("says what was lost, and units that people read", () => {
    expect(value(health, "Delivery", "Lost")).toMatchObject({ value: "3 events", tone: "bad" });
    expect(value(health, "Delivery", "Waits in spools")?.value).toBe("1.5 MB");
    expect(value({ ...health, spools: [] }, "Delivery", "Waits in spools")?.value).toBe("nothing");
    expect(value(health, "Store", "Events")?.value).toBe("12,345");
    expect(value(health, "Store", "Database")?.value).toBe("1.5 MB");
    expect(value(health, "Sidecar", "Runs for")?.value).toBe("1 min 5 s");
  });

  it("leaves out what the sidecar does not say", () => {
    expect(figuresOf(health, 0).map(({ title }) => title)).toEqual(["Sidecar", "Delivery", "Store"]);
    const more = {
      ...health,
      sandbox: { mechanism: "none" as const, enforced: false, why: "no bwrap" },
      rates: { events_per_second_1m: 0.25, events_per_second_15m: 1_200 },
    };
    expect(value(more, "Sandbox", "Commands of workers")).toMatchObject({
      value: "not confined",
      tone: "bad",
    });
    expect(value(more, "Sidecar", "Events, last minute")?.value).toBe("0.3 a second");
  });
});

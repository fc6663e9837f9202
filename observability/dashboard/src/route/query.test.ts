import { describe, expect, it } from "vitest";
import { filterOf, readQuery, writeQuery } from "./query";

describe("the page's address", () => {
  it("says nothing where nothing was chosen", () => {
    expect(writeQuery(readQuery(""))).toBe("");
    expect(readQuery("").view).toBe("now");
  });

  it("is of a session where it names one", () => {
    expect(readQuery("?session=ses_1")).toMatchObject({ view: "session", tab: "plan", scope: "subtree" });
    expect(writeQuery(readQuery("?session=ses_1"))).toBe("?session=ses_1");
  });

  it.each([
    "?view=timeline&text=two+words&source=a&source=b%26c&type=Stop&tool=bash&of=T1&from=5&to=9",
    "?view=task&session=s&plan=p&task=T1",
    "?session=s&pane=timeline&scope=all&event=12",
    "?session=s&tab=replay&at=1800000000000",
    "?view=history&by=project&directory=%2Fhome%2Fada",
    "?session=s&layout=graph",
  ])("comes back as it was written: %s", (address) => {
    expect(writeQuery(readQuery(address))).toBe(address);
  });

  it("falls back to the defaults where it makes no sense", () => {
    expect(readQuery("?view=nowhere&tab=x&scope=y&from=soon&to=-1&at=1e9")).toEqual(readQuery(""));
  });

  it("names the session or its subtree, or nobody", () => {
    expect(filterOf(readQuery("?session=s"))).toMatchObject({ subtree: "s", session: undefined });
    expect(filterOf(readQuery("?session=s&scope=session"))).toMatchObject({
      subtree: undefined,
      session: "s",
    });
    expect(filterOf(readQuery("?session=s&scope=all"))).toMatchObject({
      subtree: undefined,
      session: undefined,
    });
  });
});

import { describe, expect, it } from "vitest";
import { type PageQuery, readQuery, writeQuery } from "./query";

const plain: PageQuery = {
  session: undefined,
  view: "plan",
  scope: "session",
  text: "",
  sources: [],
  types: [],
};

describe("the page's query", () => {
  it("is nothing by default", () => {
    expect(readQuery("")).toEqual(plain);
    expect(writeQuery(plain)).toBe("");
  });

  it("comes back as it was written", () => {
    const full: PageQuery = {
      session: "ses_1&x=<b>",
      view: "timeline",
      scope: "all",
      text: "a b+c",
      sources: ["rozet-cli", "my hooks"],
      types: ["TaskCompleted"],
    };
    expect(readQuery(writeQuery(full))).toEqual(full);
  });

  it("takes the default for what it does not know", () => {
    expect(readQuery("?view=moon&scope=galaxy&session=&other=1")).toEqual(plain);
  });
});

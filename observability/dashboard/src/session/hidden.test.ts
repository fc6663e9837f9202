import { expect, it } from "vitest";
import { anEvent } from "../testing/events";
import { hiddenOf } from "./hidden";

it("adds up hidden thinking over turns, and keeps the text where there is some", () => {
  const stops = [
    anEvent({
      payload: { hidden: { reasoning_parts: 2, reasoning_chars: 300, leaked_blocks: 1, leaked_chars: 40 } },
    }),
    anEvent({
      payload: { hidden: { reasoning_parts: 1, reasoning_chars: 5, text: "so I thought" } },
      timestamp: 9,
    }),
    anEvent({ payload: { hidden: "odd" } }),
  ];
  expect(hiddenOf(stops)).toEqual({
    reasoningParts: 3,
    reasoningChars: 305,
    leakedBlocks: 1,
    leakedChars: 40,
    turns: 3,
    kept: [{ at: 9, text: "so I thought" }],
  });
});

import { expect, it } from "vitest";
import { anEvent } from "../testing/events";
import { hiddenOf } from "./hidden";

it("adds up hidden thinking over turns, and finds the text where it was kept", () => {
  const hook_event_type = "Stop";
  const events = [
    anEvent({
      hook_event_type,
      payload: { hidden: { reasoning_parts: 2, reasoning_chars: 300, leaked_blocks: 1, leaked_chars: 40 } },
    }),
    anEvent({ hook_event_type, payload: { hidden: { reasoning_parts: 1, reasoning_chars: 5 } } }),
    anEvent({ hook_event_type, payload: { hidden: "odd" } }),
    anEvent({
      hook_event_type: "Notification",
      payload: { kind: "thinking", origin: "reasoning", thinking: "so I thought" },
      timestamp: 9,
    }),
    anEvent({ hook_event_type: "Notification", payload: { message: "something else" } }),
  ];
  expect(hiddenOf(events)).toEqual({
    reasoningParts: 3,
    reasoningChars: 305,
    leakedBlocks: 1,
    leakedChars: 40,
    turns: 3,
    kept: [{ at: 9, text: "so I thought" }],
  });
});

/** Events as they happen: how soon they are seen, and what many of them do to the page. */
import { act } from "../feed.js";
import { framesOf, quantile, watchFrames } from "./frames.js";

const SEEN_EVENTS = 100;
/** Events of one batch of the flood, and how many batches make a second. */
const BATCH = 50;
const BATCHES_PER_SECOND = 20;

/** From the acknowledgement of an event to its place on the screen: the 95th percentile, in milliseconds. */
export async function seen(page, settings) {
  await page.evaluate(() => {
    globalThis.shown_ = new Map();
    new MutationObserver(() => {
      for (const row of document.querySelectorAll("[data-event]")) {
        const word = row.textContent.match(/seen-\d+-\d+/)?.[0];
        if (word && !globalThis.shown_.has(word)) {
          globalThis.shown_.set(word, 0);
          requestAnimationFrame(() => globalThis.shown_.set(word, Date.now()));
        }
      }
    }).observe(document.body, { childList: true, subtree: true });
  });
  const run = Date.now();
  const committed = [];
  for (let number = 0; number < SEEN_EVENTS; number++) {
    const word = `seen-${run}-${number}`;
    await fetch(`${settings.url}/events`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        source_app: "bench",
        session_id: "bench",
        hook_event_type: "Notification",
        payload: { message: word },
      }),
    });
    committed.push([word, Date.now()]);
    await page.waitForTimeout(40 + (number % 7) * 10);
  }
  await page.waitForTimeout(500);
  const shown = new Map(await page.evaluate(() => [...globalThis.shown_]));
  const took = committed.map(([word, at]) => (shown.get(word) ? Math.max(0, shown.get(word) - at) : 10_000));
  return quantile(took, 0.95);
}

/** 1,000 events a second for so long: frames, and how memory grows, in bytes. */
export async function flood(page, settings, seconds) {
  const session = await page.context().newCDPSession(page);
  const heap = async () => {
    await session.send("HeapProfiler.collectGarbage");
    return (await session.send("Runtime.getHeapUsage")).usedSize;
  };
  await sendFor(settings, Math.min(10, seconds), 0);
  const before = await heap();
  await page.waitForTimeout(300);
  await watchFrames(page);
  const sent = await sendFor(settings, seconds, 1);
  const frames = await framesOf(page);
  const after = await heap();
  return { ...frames, sent, before, after };
}

async function sendFor(settings, seconds, run) {
  const producer = `bench.${process.pid}.${Date.now()}.${run}`;
  const began = Date.now();
  let seq = 0;
  for (let batch = 0; batch < seconds * BATCHES_PER_SECOND; batch++) {
    const events = Array.from({ length: BATCH }, () => event(producer, ++seq));
    await act(settings, "POST", "/v1/events", { producer, events, coalesced: 0, dropped: 0 });
    const due = began + ((batch + 1) * 1_000) / BATCHES_PER_SECOND;
    await new Promise((done) => setTimeout(done, Math.max(0, due - Date.now())));
  }
  return { events: seq, perSecond: (seq * 1_000) / (Date.now() - began) };
}

function event(producer, seq) {
  const tool = ["read", "grep", "bash", "edit"][seq % 4];
  return {
    producer,
    seq,
    event_id: `${producer}.${seq}`,
    source_app: "rozet-opencode",
    session_id: `bench-${seq % 5}`,
    hook_event_type: seq % 2 ? "ToolRequested" : "ToolCompleted",
    payload: {
      tool,
      call_id: `call_${seq >> 1}`,
      args: { filePath: `/work/shop/src/file-${seq % 97}.ts` },
      output: "x".repeat(300),
    },
    timestamp: Date.now(),
    model_name: "bench/model",
  };
}

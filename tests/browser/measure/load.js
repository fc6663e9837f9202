/** How soon a page shows something, and how much it loads for that. */
import { gzipSync } from "node:zlib";
import { quantile } from "./frames.js";

const LOADS = 7;
/** So long after the load nothing may keep the page busy, in milliseconds. */
const QUIET_MS = 800;

/** Opens the page anew several times; medians in milliseconds since the navigation began. */
export async function load(browser, address) {
  const painted = [];
  const ready = [];
  // The first load of a browser's life starts more than the page.
  for (let turn = 0; turn <= LOADS; turn++) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    await page.addInitScript(() => {
      const seen = { content: 0, busyUntil: 0 };
      globalThis.seen_ = seen;
      new PerformanceObserver((list) => {
        for (const task of list.getEntries())
          seen.busyUntil = Math.max(seen.busyUntil, task.startTime + task.duration);
      }).observe({ type: "longtask", buffered: true });
      new MutationObserver((_, observer) => {
        if (!document.querySelector("article[data-session], [data-event]")) return;
        observer.disconnect();
        // The frame after the one in which it is there has it on screen.
        requestAnimationFrame(() => setTimeout(() => (seen.content = performance.now())));
      }).observe(document, { childList: true, subtree: true });
    });
    await page.goto(address, { waitUntil: "load" });
    await page.waitForFunction(() => globalThis.seen_.content > 0);
    await page.waitForTimeout(QUIET_MS);
    const { content, busyUntil } = await page.evaluate(() => globalThis.seen_);
    if (turn > 0) {
      painted.push(content);
      ready.push(Math.max(content, busyUntil));
    }
    await context.close();
  }
  return { painted: quantile(painted, 0.5), ready: quantile(ready, 0.5) };
}

/** Bytes of script and style that the page names itself, compressed as a server would. */
export async function initialBytes(url) {
  const html = await (await fetch(url, { headers: { accept: "text/html" } })).text();
  const names = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.(?:js|css))"/g)].map(([, name]) => name);
  let bytes = 0;
  for (const name of new Set(names))
    bytes += gzipSync(Buffer.from(await (await fetch(url + name)).arrayBuffer())).length;
  return bytes;
}

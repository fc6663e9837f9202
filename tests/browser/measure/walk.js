/** Walking through everything that is stored, and filtering it. */
import { framesOf, watchFrames } from "./frames.js";

/** Pixels of a frame: faster than anybody turns a wheel. */
const STEP_PX = 1_200;

/** Scrolls from the first event to the newest; returns the frames, and how many events were passed. */
export async function walk(page, most) {
  const list = page.getByRole("list", { name: /^Events/ });
  await list.locator("[data-event] button").last().press("Home");
  await page.waitForFunction(() => document.querySelector('[data-test="all-read"]') !== null);
  await page.waitForTimeout(300);
  await watchFrames(page);
  const passed = await page.evaluate(
    ([step, most]) =>
      new Promise((done) => {
        const list = document.querySelector('[role="list"][aria-label^="Events"]');
        let first;
        let idle = 0;
        function next() {
          const before = list.scrollTop;
          list.scrollTop += step;
          const ids = [...list.querySelectorAll("[data-event]")].map((row) => Number(row.dataset.event));
          first ??= Math.min(...ids);
          const last = Math.max(...ids);
          idle = list.scrollTop === before ? idle + 1 : 0;
          // At the very end nothing moves any more, for longer than a page takes to come.
          if (idle > 60 || last - first >= most) done(last - first);
          else requestAnimationFrame(next);
        }
        next();
      }),
    [STEP_PX, most],
  );
  return { ...(await framesOf(page)), passed };
}

/** From the press of a filter's box to the first event that fits it, in milliseconds. */
export async function filterChange(page, label, type) {
  await page.getByRole("button", { name: "Type" }).click();
  const box = page.getByRole("checkbox", { name: label });
  await box.waitFor();
  const took = await box.evaluate(
    (input, type) =>
      new Promise((done) => {
        const began = performance.now();
        function look() {
          const rows = [...document.querySelectorAll("[data-event]")];
          if (rows.length > 0 && rows.every((row) => row.dataset.type === type))
            done(performance.now() - began);
          else requestAnimationFrame(look);
        }
        input.click();
        look();
      }),
    type,
  );
  await page.getByRole("button", { name: "Show all", exact: true }).click();
  await page.keyboard.press("Escape");
  await page.waitForTimeout(400);
  return took;
}

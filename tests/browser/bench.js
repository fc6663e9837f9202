/**
 * Measures the dashboard against a real sidecar and prints its numbers as JSON: a list of `{ name, value, unit, limit }`.
 * Told by the environment, `ROZET_CHROMIUM` and `ROZET_TEST_SIDECAR`, and by `--stored EVENTS --soak SECONDS`.
 */
import { parseArgs } from "node:util";
import { launch } from "./browser.js";
import { fill } from "./measure/fill.js";
import { flood, seen } from "./measure/live.js";
import { initialBytes, load } from "./measure/load.js";
import { filterChange, walk } from "./measure/walk.js";
import { OwnSidecar } from "./ownSidecar.js";
import { readPrograms } from "./settings.js";

const { values } = parseArgs({
  options: { stored: { type: "string", default: "100000" }, soak: { type: "string", default: "60" } },
});
const programs = readPrograms();
const sidecar = await OwnSidecar.start(programs.sidecar);
const settings = sidecar.place;
const numbers = [];

function note(name, value, unit, limit) {
  console.error(`${name}: ${value}`);
  numbers.push({ name, value, unit, limit });
}

const stored = await fill(settings, Number(values.stored));
console.error(`${stored} events stored`);
note(
  "dashboard: script and style at first, gzip",
  (await initialBytes(settings.url)) / 1_000,
  "kilobytes",
  200,
);

const browser = await launch(programs.chromium);
try {
  const first = await load(browser, `${settings.url}/`);
  note("dashboard: first meaningful paint, median of 7", first.painted, "milliseconds", 400);
  note("dashboard: interactive, median of 7", first.ready, "milliseconds", 700);

  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.goto(`${settings.url}/?view=timeline`);
  await page.locator("[data-event]").last().waitFor();
  await page.waitForTimeout(1_000);

  note("dashboard: event committed to seen, p95 of 100", await seen(page, settings), "milliseconds", 150);

  const changes = [];
  for (const [label, type] of [
    ["Task completed", "TaskCompleted"],
    ["Prompt", "UserPromptSubmit"],
    ["Tool failed", "ToolFailed"],
  ])
    changes.push(await filterChange(page, label, type));
  note("dashboard: a filter change, slowest of 3", Math.max(...changes), "milliseconds", 100);

  const walked = await walk(page, Number(values.stored));
  note("dashboard: events scrolled through", walked.passed, "count", undefined);
  note("dashboard: longest frame while scrolling", walked.longest, "milliseconds", 50);

  await page.locator('[data-key="f"]').click();
  await page.waitForTimeout(500);
  const flooded = await flood(page, settings, Number(values.soak));
  note(
    `dashboard: events per second sent for ${values.soak} s`,
    flooded.sent.perSecond,
    "persecond",
    undefined,
  );
  note("dashboard: longest frame meanwhile", flooded.longest, "milliseconds", 100);
  note("dashboard: growth of memory meanwhile", (flooded.after - flooded.before) / 1_000_000, "megabytes", 5);
  await context.close();
} finally {
  await browser.close();
  await sidecar.end();
}
console.log(JSON.stringify(numbers));

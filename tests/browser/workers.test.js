/** A run of workers as it happens: whoever starts this test starts the run too. */
import { existsSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { launch, openPage } from "./browser.js";
import { readWatched, whySkipped } from "./settings.js";

const reason = whySkipped();
if (reason) it("workers in a browser", { skip: reason });
else describe("workers", { timeout: 240_000 }, workers);

function workers() {
  let browser;
  let watched;

  before(async () => {
    watched = readWatched();
    browser = await launch(watched.chromium);
  });

  after(() => browser?.close());

  it("are seen from the first prompt to the proof, without a reload", async () => {
    const { page, close } = await openPage(browser, `${watched.url}/#token=${watched.token}`);
    page.setDefaultTimeout(120_000);
    await page.locator("article[data-session]").first().waitFor();
    await page.locator("article[data-session] [data-run]").first().waitFor();
    await page.locator("article[data-session] h3 a").first().click();
    await page.getByRole("button", { name: "Board" }).click();
    await page.locator('[data-column="Completed"] [data-task]').nth(2).waitFor();
    // The first task writes a file.
    await page.locator('[data-column="Completed"] [data-task]').first().click();
    await page.locator("[data-attempt]").first().waitFor();
    await page
      .locator('[data-test="evidence"] [data-test="outcome"]', { hasText: "passed" })
      .first()
      .waitFor();

    await until(() => existsSync(watched.whenOver));
    await page.locator("[data-file]").first().waitFor();
    await page.getByRole("button", { name: "Undo…" }).click();
    await page.getByRole("dialog", { name: /^Undo T/ }).waitFor();
    await page.getByRole("button", { name: "Undo the task" }).click();
    await page.locator('[data-test="toast"]', { hasText: "is undone" }).waitFor();
    await close();
  });
}

/** Waits for a condition; the test's own deadline ends it. */
async function until(condition) {
  while (!condition()) await pause(100);
}

/** A run of workers as it happens: whoever starts this test starts the run too. */
import { after, before, describe, it } from "node:test";
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
    const { page, close } = await openPage(browser, `${watched.url}/`);
    page.setDefaultTimeout(120_000);
    await page.locator("article[data-session]").first().waitFor();
    await page.locator("article[data-session] [data-run]").first().waitFor();
    await page.locator("article[data-session] h3 a").first().click();
    await page.getByRole("button", { name: "Board" }).click();
    await page.locator('[data-column="Completed"] [data-task]').nth(2).waitFor();
    await page.locator('[data-column="Completed"] [data-task]').first().click();
    await page.locator("[data-attempt]").first().waitFor();
    await page
      .locator('[data-test="evidence"] [data-test="outcome"]', { hasText: "passed" })
      .first()
      .waitFor();
    await close();
  });
}

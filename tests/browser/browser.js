/** A real Chromium, and pages that are watched for what must never happen. */
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** How long anything on the page may take to become so, in milliseconds. */
export const DEADLINE_MS = 15_000;

export function launch(executablePath) {
  return chromium.launch({ executablePath, args: ARGUMENTS });
}

/**
 * Opens an address in a fresh context and waits until the page is live.
 *
 * `options` are Playwright's context options; `prepare` may change the page before it loads.
 */
export async function openPage(browser, address, options = {}, prepare = async () => {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  context.setDefaultTimeout(DEADLINE_MS);
  const page = await context.newPage();
  const faults = watch(page, new URL(address).origin);
  await prepare(page);
  await page.goto(address);
  await connection(page, "Live");
  return {
    page,
    /**
     * Closes the page, after making sure that nothing forbidden happened on it. What a test itself provoked, such as a
     * refusal, `expected` may name.
     */
    async close(expected = /^$/) {
      await context.close();
      assert.deepEqual(
        faults.filter((fault) => !expected.test(fault)),
        [],
      );
    },
  };
}

/** Waits until the connection state reads so. */
export async function connection(page, words) {
  await page.locator('[data-test="connection"]', { hasText: words }).waitFor();
}

/** Notes errors, dialogs, page loads and requests to anywhere but the page's own origin. */
function watch(page, origin) {
  const faults = [];
  let loads = 0;
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning")
      faults.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("popup", (popup) => faults.push(`popup: ${popup.url()}`));
  page.on("load", () => {
    loads += 1;
    if (loads > 1) faults.push("the page was loaded again");
  });
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== origin) faults.push(`request: ${request.url()}`);
  });
  page.on("websocket", (socket) => {
    if (new URL(socket.url()).host !== new URL(origin).host) faults.push(`websocket: ${socket.url()}`);
  });
  return faults;
}

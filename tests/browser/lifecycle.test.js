/** What happens around a page that is left open: restarts, another token, an emptied store, other tabs, a long sleep. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { connection, launch } from "./browser.js";
import { OwnSidecar } from "./ownSidecar.js";
import { readPrograms, whySkipped } from "./settings.js";
import { post } from "./sidecar.js";

const reason = whySkipped();
if (reason) it("a page left open", { skip: reason });
else describe("a page left open", { timeout: 300_000 }, leftOpen);

function leftOpen() {
  let programs;
  let sidecar;
  let browser;

  before(async () => {
    programs = readPrograms();
    browser = await launch(programs.chromium);
    sidecar = await OwnSidecar.start(programs.sidecar);
  });

  after(async () => {
    await browser?.close();
    await sidecar?.end();
  });

  async function open(query, token = sidecar.token) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    context.setDefaultTimeout(40_000);
    const page = await context.newPage();
    page.on("pageerror", (error) => assert.fail(error.message));
    await page.goto(`${sidecar.url}/?${new URLSearchParams(query)}#token=${token}`);
    await connection(page, "Live");
    return page;
  }

  const say = (session_id, message) => post(sidecar.url, { session_id, payload: { message } });
  const words = async (page) =>
    (await page.locator("[data-event]").allTextContents())
      .map((line) => line.match(/no\d+/)?.[0])
      .filter(Boolean);
  const row = (page, word) => page.locator("[data-event]", { hasText: word });

  it("comes back after a restart without a gap or a double, and what was missed is there", async () => {
    await say("restart", "no1");
    const page = await open({ view: "timeline", session: "restart" });
    await row(page, "no1").waitFor();
    await sidecar.down();
    await connection(page, "Reconnecting");
    await sidecar.up();
    await say("restart", "no2");
    await row(page, "no2").waitFor();
    await connection(page, "Live");
    await say("restart", "no3");
    await row(page, "no3").waitFor();
    assert.deepEqual(await words(page), ["no1", "no2", "no3"]);
    await page.context().close();
  });

  it("says that the connection is lost, and for what one waits", async () => {
    const page = await open({});
    await sidecar.down();
    await connection(page, "Connection lost");
    await page.getByText("rozet-sidecar up").waitFor();
    await sidecar.up();
    await page
      .getByRole("button", { name: "Try now" })
      .click()
      .catch(() => undefined);
    await connection(page, "Live");
    await page.context().close();
  });

  it("notices another token, and that it may act no more", async () => {
    const page = await open({});
    await page.locator('[data-test="access"]', { hasText: "Can act" }).waitFor();
    await sidecar.down();
    await sidecar.forgetToken();
    await sidecar.up();
    await page.locator('[data-test="access"]', { hasText: "Token refused" }).waitFor();
    await page.context().close();
  });

  it("shows the new store when the old one was emptied", async () => {
    await say("emptied", "no1");
    await say("emptied", "no2");
    const page = await open({ view: "timeline", session: "emptied" });
    await row(page, "no2").waitFor();
    await sidecar.down();
    await sidecar.empty();
    await sidecar.up();
    await say("emptied", "no9");
    await row(page, "no9").waitFor();
    assert.deepEqual(await words(page), ["no9"]);
    await page.context().close();
  });

  it("is the same in two tabs, each with its own place", async () => {
    const [one, other] = [
      await open({ view: "timeline", session: "tabs" }),
      await open({ view: "timeline", session: "tabs" }),
    ];
    await say("tabs", "no1");
    await row(one, "no1").waitFor();
    await row(other, "no1").waitFor();
    await one.getByRole("button", { name: "Pause" }).click();
    await say("tabs", "no2");
    await row(other, "no2").waitFor();
    await one.locator('[data-test="new"]', { hasText: "1 new" }).waitFor();
    assert.deepEqual(await words(one), ["no1"]);
    await one.context().close();
    await other.context().close();
  });

  it("wakes after a day in which more happened than it would read", async () => {
    await say("asleep", "no1");
    const page = await open({ view: "timeline", session: "asleep" });
    await row(page, "no1").waitFor();
    await sidecar.down();
    await connection(page, "Reconnecting");
    await sidecar.up();
    const producer = "asleep.1";
    const event = (seq) => ({
      producer,
      seq,
      event_id: `${producer}.${seq}`,
      source_app: "test",
      session_id: "asleep",
      hook_event_type: "Notification",
      payload: { message: `no${seq + 1}` },
      timestamp: Date.now(),
    });
    for (let from = 1; from <= 4_000; from += 1_000) {
      const events = Array.from({ length: 1_000 }, (_, at) => event(from + at));
      const response = await fetch(`${sidecar.url}/v1/events`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${sidecar.token}` },
        body: JSON.stringify({ producer, events, coalesced: 0, dropped: 0 }),
      });
      assert.equal(response.status, 200);
    }
    await page.evaluate(() => window.dispatchEvent(new Event("online")));
    await row(page, "no4001").waitFor();
    await connection(page, "Live");
    const shown = (await words(page)).map((word) => Number(word.slice(2)));
    assert.deepEqual(
      shown,
      Array.from({ length: shown.length }, (_, at) => (shown[0] ?? 0) + at),
    );
    await page.context().close();
  });
}

/** The dashboard in a real browser, against a real sidecar that holds a busy day: each view, and each act. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { findings } from "./axe.js";
import { launch, openPage } from "./browser.js";
import { feedBusyDay } from "./feed.js";
import { OwnSidecar } from "./ownSidecar.js";
import { readPrograms, whySkipped } from "./settings.js";
import { viewsOf } from "./views.js";

const reason = whySkipped();
if (reason) it("a busy day in a browser", { skip: reason });
else describe("a busy day", { timeout: 600_000 }, busyDay);

function busyDay() {
  let sidecar;
  let browser;
  let day;

  before(async () => {
    const programs = readPrograms();
    browser = await launch(programs.chromium);
    sidecar = await OwnSidecar.start(programs.sidecar);
    day = await feedBusyDay(sidecar.place, join(sidecar.home, "work"));
  });

  after(async () => {
    await browser?.close();
    await sidecar?.end();
  });

  const address = (query, mayAct = true) =>
    `${sidecar.url}/?${new URLSearchParams(query)}${mayAct ? `#token=${sidecar.token}` : ""}`;
  const open = (query, options, mayAct) => openPage(browser, address(query, mayAct), options);
  const toast = (page, words) => page.locator('[data-test="toast"]', { hasText: words }).first().waitFor();

  for (const colorScheme of ["light", "dark"])
    it(`shows each view without a serious fault of access, ${colorScheme}`, async () => {
      for (const { name, query, ready } of viewsOf(day)) {
        const { page, close } = await open(query, { colorScheme, reducedMotion: "reduce" });
        await page.locator(ready).first().waitFor();
        assert.deepEqual(await findings(page), [], `${name}, ${colorScheme}`);
        await close();
      }
    });

  it("fits each view into 360 pixels and onto a wall", async () => {
    for (const viewport of [
      { width: 360, height: 740 },
      { width: 2560, height: 1440 },
    ])
      for (const { name, query, ready } of viewsOf(day)) {
        const { page, close } = await open(query, { viewport, reducedMotion: "reduce" });
        await page.locator(ready).first().waitFor();
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(width <= viewport.width, `${name} is ${width} wide at ${viewport.width}`);
        await close();
      }
  });

  it("shows all sessions of now with agent, model, spend and what they wait for", async () => {
    const { page, close } = await open({});
    const card = page.locator(`article[data-session="${day.open}"]`);
    await card.getByText("Let customers pay by invoice").first().waitFor();
    await card.getByText("anthropic/claude-sonnet-4-5").first().waitFor();
    await card
      .getByText(/\$0\.\d+/)
      .first()
      .waitFor();
    await card.getByText(/Waits for your word on edit/).waitFor();
    await page.locator('section[aria-label="Lanes"] li').first().waitFor();
    await close();
  });

  it("answers a permission with the diff in view, and the ask goes", async () => {
    const { page, close } = await open({});
    const ask = page.locator('[data-ask="per_busyday_edit"]');
    await ask.getByRole("button", { name: /wants to use edit/ }).click();
    await ask.getByRole("region", { name: "What would be changed" }).waitFor();
    await ask.getByRole("button", { name: "Allow once" }).click();
    // Nobody is behind a recorded ask: the sidecar says so, and the page shows it.
    await page.locator('[data-test="toast"]').first().waitFor();
    await close(/\/v1\/asks\/per_busyday_edit\/answer/);
  });

  it("only looks without a token, and says how to act", async () => {
    const { page, close } = await open({}, {}, false);
    await page.locator('[data-ask="que_busyday"]').getByText("rozet-sidecar dashboard").waitFor();
    assert.equal(await page.getByRole("button", { name: "Allow once" }).count(), 0);
    assert.equal(await page.locator('[data-test="access"]').textContent(), "Look only");
    await close();
  });

  it("takes the token out of the address, and says when it is refused", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${sidecar.url}/#token=wrong`);
    await page.locator('[data-test="access"]', { hasText: "Token refused" }).waitFor();
    assert.ok(!page.url().includes("wrong"));
    await context.close();
  });

  it("retries and confirms tasks of a run, and the task's page tells of it", async () => {
    const { page, close } = await open({
      view: "task",
      plan: day.runPlan,
      task: "T3",
      session: day.runSession,
    });
    await page.getByRole("button", { name: "Confirm" }).click();
    await toast(page, "T3 is confirmed");
    await page.locator('[data-task="T3"] [data-test="status"]', { hasText: "completed" }).first().waitFor();
    await close();
  });

  it("looks back at any time, and plays", async () => {
    const { page, close } = await open({ session: day.open, tab: "replay" });
    const scrubber = page.getByRole("slider", { name: "Time looked back at" });
    await scrubber.focus();
    await page.keyboard.press("Home");
    await page.getByText("No task had been planned").waitFor();
    await page.getByRole("button", { name: "600×" }).click();
    await page.getByRole("button", { name: "Play" }).click();
    await page.locator("[data-task-at]").nth(2).waitFor();
    await page.waitForFunction(() => new URL(location.href).searchParams.has("at"));
    await close();
  });

  it("finds text in everything, marks it, and leads to the event", async () => {
    const { page, close } = await open({ view: "search" });
    await page.getByRole("searchbox", { name: "Search everything" }).fill("forgets discounts");
    const hit = page.locator("[data-event]").first();
    await hit.locator("mark", { hasText: "discounts" }).first().waitFor();
    const event = await hit.getAttribute("data-event");
    await hit.getByRole("link").click();
    await page.locator(`[data-event="${event}"]`).getByRole("region", { name: "Raw JSON" }).waitFor();
    await close();
  });

  it("narrows the timeline by tool, task and time, and keeps that in the address", async () => {
    const { page, close } = await open({ view: "timeline" });
    await page.locator("[data-event]").first().waitFor();
    await page.getByRole("button", { name: "Tool", exact: true }).click();
    await page.getByRole("checkbox", { name: "bash" }).check();
    await page.keyboard.press("Escape");
    await page.waitForFunction(() =>
      [...document.querySelectorAll("[data-event]")].every((row) => row.textContent.includes("bash")),
    );
    await page.getByRole("button", { name: "Time" }).click();
    await page.getByRole("button", { name: "Last hour" }).click();
    const params = new URL(page.url()).searchParams;
    assert.deepEqual(params.getAll("tool"), ["bash"]);
    assert.ok(Number(params.get("from")) > Date.now() - 2 * 3_600_000);
    await close();
  });

  it("adds the day up by day, week and project", async () => {
    const { page, close } = await open({ view: "history" });
    await page.locator("[data-row]").first().waitFor();
    await page.getByRole("button", { name: "Projects" }).click();
    await page.locator("[data-row]", { hasText: "shop" }).getByRole("button").first().click();
    await page.waitForFunction(() => new URL(location.href).searchParams.has("directory"));
    await close();
  });

  it("is worked by keys alone", async () => {
    const { page, close } = await open({});
    for (const [key, view] of [
      ["t", "timeline"],
      ["h", "history"],
      ["o", "health"],
      ["e", "search"],
    ]) {
      await page.locator("body").click({ position: { x: 5, y: 5 } });
      await page.keyboard.press("g");
      await page.keyboard.press(key);
      await page.waitForFunction((view) => location.search.includes(`view=${view}`), view);
      if (view === "search") await page.keyboard.press("Tab");
    }
    await page.locator("#main").focus();
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog", { name: "Keys" }).waitFor({ state: "detached" });
    await close();
  });
}

/** The dashboard in a real browser, against a real sidecar that holds a finished session. */
import assert from "node:assert/strict";
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { connection, launch, openPage } from "./browser.js";
import { readSettings, whySkipped } from "./settings.js";
import { newestPlan, post, unique } from "./sidecar.js";

const reason = whySkipped();
if (reason) it("the dashboard in a browser", { skip: reason });
else describe("the dashboard", { timeout: 180_000 }, dashboard);

function dashboard() {
  let settings;
  let browser;

  before(async () => {
    settings = readSettings();
    await mkdir(settings.screenshots, { recursive: true });
    browser = await launch(settings.chromium);
  });

  after(() => browser?.close());

  const at = (query, url = settings.url) => `${url}/?${new URLSearchParams(query)}`;
  const open = (query, ...rest) => openPage(browser, at(query), ...rest);
  const eventsOf = (page, type) => page.locator(`[data-event][data-type="${type}"]`);

  /** The session, its plan, and the task with its evidence. */
  async function showsTheWork(page) {
    const plan = await newestPlan(settings.url, settings.session);
    await page.locator(`[data-session="${settings.session}"][aria-current="true"]`).waitFor();
    const words = plan.origin === "model" ? "Planned by" : "Planned by the built-in planner";
    await page.locator('[data-test="origin"]', { hasText: words }).first().waitFor();
    if (plan.reason) await page.locator('[data-test="reason"]', { hasText: plan.reason }).first().waitFor();

    const task = page.locator("[data-task]", { hasText: settings.task }).first();
    await task.locator('[data-test="status"]', { hasText: /^completed$/ }).waitFor();
    const outcomes = await task.locator('[data-test="evidence"] [data-test="outcome"]').allTextContents();
    assert.ok(outcomes.includes("passed"), `no check of the task passed: ${outcomes}`);
    assert.ok(!outcomes.includes("failed"), `a check of the completed task failed: ${outcomes}`);
    assert.equal(await page.locator("[data-task]").count(), plan.tasks.length);
  }

  it("shows the session, its plan with origin, and the task completed on evidence", async () => {
    const { page, close } = await open({ session: settings.session });
    await showsTheWork(page);
    await close();
  });

  it("shows the same on the other port", async (test) => {
    if (!settings.secondUrl) return test.skip("ROZET_DASHBOARD_URL_2 is not set");
    const { page, close } = await openPage(browser, at({ session: settings.session }, settings.secondUrl));
    await showsTheWork(page);
    await close();
  });

  it("looks right in light, in dark and on a phone", async () => {
    const views = [
      { name: "dashboard-light", colorScheme: "light", viewport: { width: 1440, height: 900 } },
      { name: "dashboard-dark", colorScheme: "dark", viewport: { width: 1440, height: 900 } },
      { name: "dashboard-phone", colorScheme: "light", viewport: { width: 390, height: 844 } },
    ];
    for (const { name, ...options } of views) {
      const { page, close } = await open(
        { session: settings.session },
        { reducedMotion: "reduce", ...options },
      );
      await page.locator("[data-task]", { hasText: settings.task }).first().waitFor();
      const { overflows, shade } = await page.evaluate(() => ({
        overflows: document.documentElement.scrollWidth > window.innerWidth,
        shade: getComputedStyle(document.body).backgroundColor,
      }));
      assert.equal(overflows, false, `${name} is wider than its window`);
      const [red = 0] = (shade.match(/\d+/g) ?? []).map(Number);
      assert.equal(red < 128, options.colorScheme === "dark", `${name} has the background ${shade}`);
      const path = join(settings.screenshots, `${name}.png`);
      await page.screenshot({ path });
      assert.ok((await stat(path)).size > 10_000, `${path} shows next to nothing`);
      await close();
    }
  });

  it("has the session's events in the timeline, from start to end", async () => {
    const { page, close } = await open({ session: settings.session });
    const list = page.getByRole("list", { name: /^Events/ });
    await list.locator("[data-event]").last().waitFor();
    await list.locator("[data-event] button").last().press("Home");
    await eventsOf(page, "SessionStart").first().waitFor();
    await page.keyboard.press("End");
    await eventsOf(page, "SessionEnd").first().waitFor();
    await close();
  });

  it("filters by type, keeps that in the address, and opens an event to its raw form", async () => {
    const { page, close } = await open({ session: settings.session });
    await page.getByRole("button", { name: "Type" }).click();
    await page.getByRole("checkbox", { name: "Task completed" }).check();
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => {
      const types = [...document.querySelectorAll("[data-event]")].map((row) =>
        row.getAttribute("data-type"),
      );
      return types.length > 0 && types.every((type) => type === "TaskCompleted");
    });
    assert.equal(new URL(page.url()).searchParams.get("type"), "TaskCompleted");
    await eventsOf(page, "TaskCompleted").first().getByRole("button").first().click();
    const raw = await page.getByRole("region", { name: "Raw JSON" }).textContent();
    assert.equal(JSON.parse(raw).session_id, settings.session);
    await close();
  });

  it("shows a new event live, without a reload", async () => {
    const word = unique("live");
    const { page, close } = await open({ session: settings.session, scope: "all", text: word });
    await page.getByText("No event matches").waitFor();
    const posted = Date.now();
    await post(settings.url, { session_id: unique("session"), payload: { message: `hello ${word}` } });
    await page.locator("[data-event]", { hasText: word }).waitFor();
    console.log(`# posted to seen: ${Date.now() - posted} ms`);
    await close();
  });

  it("comes back by itself after a break, without a gap or a double", async () => {
    const word = unique("break");
    const session_id = unique("session");
    const sockets = [];
    let allow;
    const allowed = new Promise((done) => {
      allow = done;
    });
    const { page, close } = await open({ session: settings.session, scope: "all", text: word }, {}, (page) =>
      page.routeWebSocket("**/v1/stream", async (socket) => {
        sockets.push(socket);
        if (sockets.length > 1) await allowed;
        socket.connectToServer();
      }),
    );
    await post(settings.url, { session_id, payload: { message: `${word} before` } });
    await page.locator("[data-event]", { hasText: `${word} before` }).waitFor();
    await sockets[0].close();
    await connection(page, "Reconnecting");
    await post(settings.url, { session_id, payload: { message: `${word} meanwhile` } });
    allow();
    await page.locator("[data-event]", { hasText: `${word} meanwhile` }).waitFor();
    await connection(page, "Live");
    await post(settings.url, { session_id, payload: { message: `${word} after` } });
    await page.locator("[data-event]", { hasText: `${word} after` }).waitFor();
    const lines = await page.locator("[data-event]").allTextContents();
    const said = lines.map((line) => line.match(/before|meanwhile|after/)?.[0]);
    assert.deepEqual(said, ["before", "meanwhile", "after"]);
    await close();
  });

  it("shows scripts as text and runs none", async () => {
    const word = unique("hostile");
    const attacks = [
      '<script>globalThis.hurt="script"</script>',
      '<img src=x onerror="globalThis.hurt=1">',
      '"><svg onload="globalThis.hurt=1">',
      '<iframe srcdoc="<script>parent.hurt=1</script>"></iframe>',
      '<a href="javascript:globalThis.hurt=1">click</a>',
      "{{ constructor.constructor('globalThis.hurt=1')() }}",
      "<style>body{display:none}</style>",
      "\u001b]8;;javascript:alert(1)\u0007link\u202egnp\u0000",
    ];
    const session_id = `${word}-<b>session</b>`;
    const { page, close } = await open({ session: session_id, scope: "all", text: word });
    for (const attack of attacks) {
      await post(settings.url, {
        session_id,
        source_app: attack.replaceAll(/\p{Cc}/gu, ""),
        hook_event_type: "UserPromptSubmit",
        model_name: attack,
        summary: attack,
        payload: {
          prompt: `${word} ${attack}`,
          [attack]: attack,
          message_id: attack,
          directory: attack,
          model: attack,
        },
      });
    }
    const rows = page.locator("[data-event]", { hasText: word });
    await rows.nth(attacks.length - 1).waitFor();
    for (let index = 0; index < attacks.length; index++) {
      await rows.nth(index).getByRole("button").first().click();
      await rows.nth(index).getByRole("region", { name: "Raw JSON" }).waitFor();
      await rows.nth(index).getByRole("button").first().click();
    }
    const chosen = page.locator('[data-session][aria-current="true"]', { hasText: word });
    await chosen.waitFor();
    const text = await rows.allTextContents();
    for (const attack of attacks.slice(0, -1)) {
      assert.ok(
        text.some((line) => line.includes(attack)),
        `not shown as text: ${attack}`,
      );
    }
    assert.ok(text.some((line) => line.includes("⟨ESC⟩") && line.includes("⟨U+202E⟩")));
    const found = await page.evaluate(() => ({
      hurt: globalThis.hurt,
      elements: document.querySelectorAll("#app :is(script, img, iframe, style, a[href^='javascript'])")
        .length,
    }));
    assert.deepEqual(found, { hurt: undefined, elements: 0 });
    // It was looked for before anything was heard of it.
    await close(/\/v1\/sessions\/hostile-/);
  });

  it("shows a huge text in part, and the whole when asked", async () => {
    const word = unique("huge");
    const { page, close } = await open({ session: settings.session, scope: "all", text: word });
    await post(settings.url, {
      session_id: unique("session"),
      payload: { message: `${word} ${"x".repeat(200_000)}` },
    });
    const row = page.locator("[data-event]", { hasText: word });
    await row.getByRole("button").first().click();
    const message = row.getByRole("region", { name: "Message" });
    assert.ok((await message.textContent()).length < 5_000);
    await row
      .getByRole("button", { name: /^Show all 200k characters/ })
      .first()
      .click();
    await page.waitForFunction(
      (name) => document.querySelector(`[aria-label="${name}"]`)?.textContent.length > 200_000,
      "Message",
    );
    await close();
  });
}

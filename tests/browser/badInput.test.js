/** What must neither be executed nor freeze the page: text and events as no one should send them. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { launch, openPage } from "./browser.js";
import { OwnSidecar } from "./ownSidecar.js";
import { readPrograms, whySkipped } from "./settings.js";
import { post } from "./sidecar.js";

const reason = whySkipped();
if (reason) it("bad input in a browser", { skip: reason });
else describe("bad input", { timeout: 300_000 }, badInput);

/** Known ways to have a script run. */
const INJECTIONS = [
  "<script>globalThis.hurt=1</script>",
  '<img src=x onerror="globalThis.hurt=1">',
  "<svg/onload=globalThis.hurt=1>",
  '"><details open ontoggle=globalThis.hurt=1>',
  "javascript:globalThis.hurt=1//",
  "data:text/html,<script>parent.hurt=1</script>",
  "{{constructor.constructor('globalThis.hurt=1')()}}",
  "</script><script>globalThis.hurt=1</script>",
  "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=globalThis.hurt=1&gt;'>",
  "<iframe srcdoc='<script>parent.hurt=1</script>'></iframe>",
  "<base href=//evil.example>",
  '<meta http-equiv="refresh" content="0;url=//evil.example">',
  '<a href="javascript:globalThis.hurt=1">x</a>',
  "__proto__",
  "constructor",
];

function badInput() {
  let sidecar;
  let browser;

  before(async () => {
    const programs = readPrograms();
    browser = await launch(programs.chromium);
    sidecar = await OwnSidecar.start(programs.sidecar);
  });

  after(async () => {
    await browser?.close();
    await sidecar?.end();
  });

  const open = (query) =>
    openPage(browser, `${sidecar.url}/?${new URLSearchParams(query)}#token=${sidecar.token}`);
  const timeline = (session) => ({ view: "timeline", session, scope: "session" });

  /** Opens a row and waits for its raw form; how long that took, in milliseconds. */
  async function opened(row) {
    const began = Date.now();
    await row.getByRole("button").first().click();
    await row.getByRole("region", { name: "Raw JSON" }).waitFor();
    return Date.now() - began;
  }

  it("runs no script, wherever it stands", async () => {
    for (const [number, attack] of INJECTIONS.entries()) {
      const fields = {
        prompt: attack,
        message: attack,
        directory: attack,
        title: attack,
        agent: attack,
        model: attack,
        tool: attack,
        task_id: attack,
        args: { command: attack, filePath: attack, oldString: attack, newString: attack },
        output: attack,
        error: attack,
        [attack]: attack,
      };
      for (const hook_event_type of [
        "SessionStart",
        "UserPromptSubmit",
        "PermissionRequest",
        "ToolCompleted",
        attack,
      ])
        await post(sidecar.url, {
          session_id: `bad-${number}`,
          hook_event_type,
          source_app: "bad",
          model_name: attack,
          payload: {
            ...fields,
            ask_id: `ask-${number}`,
            permission: attack,
            patterns: [attack],
            diff: attack,
            questions: [],
          },
        });
    }
    for (const query of [
      {},
      { view: "timeline" },
      { view: "history" },
      { view: "search", text: "hurt" },
      { session: "bad-0" },
      { session: "bad-1", tab: "agents" },
    ]) {
      const { page, close } = await open(query);
      await page.waitForTimeout(700);
      for (const row of (await page.locator("[data-event] button").all()).slice(0, 6))
        await row.click().catch(() => undefined);
      const found = await page.evaluate(() => ({
        hurt: globalThis.hurt,
        elements: document.querySelectorAll(
          "#app :is(script, img, iframe, style, base, meta, object, embed, a[href^='javascript'])",
        ).length,
      }));
      assert.deepEqual(found, { hurt: undefined, elements: 0 }, JSON.stringify(query));
      await close();
    }
  });

  it("lets no foreign script in, and frames nowhere", async () => {
    const policy = (await fetch(sidecar.url, { headers: { accept: "text/html" } })).headers.get(
      "content-security-policy",
    );
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ])
      assert.ok(policy.includes(part), part);
    assert.ok(!/unsafe/.test(policy));
  });

  it("shows what is invisible, escapes, and text from right to left", async () => {
    const text =
      "a\u202eb\u200bc\u001b[31md\u0000e \u05d0\u05d1\u05d2 \u{1f468}\u200d\u{1f469}\u200d\u{1f467}";
    await post(sidecar.url, { session_id: "unseen", payload: { message: text } });
    const { page, close } = await open(timeline("unseen"));
    const row = page.locator("[data-event]").first();
    const said = await row.textContent();
    for (const name of ["⟨U+202E⟩", "⟨U+200B⟩", "⟨ESC⟩", "\u05d0\u05d1\u05d2", "\u{1f468}\u200d\u{1f469}"])
      assert.ok(said.includes(name), `${name} in ${said}`);
    await close();
  });

  it("is not frozen by a megabyte of text, by depth, or by many fields", async () => {
    let deep = "the end";
    for (let depth = 0; depth < 100; depth++) deep = { deeper: deep };
    const many = Object.fromEntries(Array.from({ length: 3_000 }, (_, at) => [`field${at}`, at]));
    await post(sidecar.url, { session_id: "large", payload: { message: "x".repeat(1_000_000) } });
    await post(sidecar.url, { session_id: "large", payload: { deep } });
    await post(sidecar.url, { session_id: "large", payload: many });
    await post(sidecar.url, {
      session_id: "large",
      payload: { message: `${"word ".repeat(1_000)}\n`.repeat(100) },
    });
    const { page, close } = await open(timeline("large"));
    const rows = page.locator("[data-event]");
    await rows.nth(3).waitFor();
    for (let at = 0; at < 4; at++) {
      const took = await opened(rows.nth(at));
      assert.ok(took < 2_000, `event ${at} took ${took} ms`);
      await rows.nth(at).getByRole("button").first().click();
    }
    await close();
  });

  it("shows unknown types, missing fields and times that cannot be", async () => {
    for (const event of [
      { hook_event_type: "NobodyKnowsThis", payload: { some: "thing" } },
      { hook_event_type: "ToolCompleted", payload: {} },
      { hook_event_type: "TaskPlanned", payload: { task: "not an object", task_id: 7 } },
      { hook_event_type: "Stop", payload: { usage: "much", hidden: [] } },
      { hook_event_type: "Notification", payload: {}, timestamp: Date.now() + 10 * 365 * 86_400_000 },
      { hook_event_type: "Notification", payload: {}, timestamp: 0 },
    ])
      await post(sidecar.url, { session_id: "odd", ...event });
    const { page, close } = await open(timeline("odd"));
    const rows = page.locator("[data-event]");
    await rows.nth(5).waitFor();
    for (const row of await rows.all()) await opened(row);
    await page.getByText("NobodyKnowsThis").first().waitFor();
    await close();
    for (const tab of ["plan", "agents", "usage", "replay"]) {
      const session = await open({ session: "odd", tab });
      await session.page.waitForTimeout(400);
      await session.close();
    }
  });

  it("takes any address", async () => {
    for (const query of [
      "?view=%00&session=%F0%9F%92%A9",
      "?session=../../etc&tab=__proto__",
      "?view=task&plan=%3Cb%3E&task=%3Cb%3E",
      "?from=99999999999999999999&to=x&event=-1",
      `?text=${"x".repeat(900)}&view=search`,
    ]) {
      const context = await browser.newContext();
      const page = await context.newPage();
      const faults = [];
      page.on("pageerror", (error) => faults.push(error.message));
      await page.goto(`${sidecar.url}/${query}`);
      await page.locator('[data-test="connection"]', { hasText: "Live" }).waitFor();
      await page.waitForTimeout(300);
      assert.deepEqual(faults, [], query);
      await context.close();
    }
  });
}

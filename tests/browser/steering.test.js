/** Steering from the page: runs, budgets, plans before they are carried out, questions, and other programs' asks. */
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { launch, openPage } from "./browser.js";
import { act } from "./feed.js";
import { OwnSidecar } from "./ownSidecar.js";
import { readPrograms, whySkipped } from "./settings.js";
import { post, unique } from "./sidecar.js";

const reason = whySkipped();
if (reason) it("steering in a browser", { skip: reason });
else describe("steering", { timeout: 300_000 }, steering);

function steering() {
  let sidecar;
  let browser;
  let directory;

  before(async () => {
    const programs = readPrograms();
    browser = await launch(programs.chromium);
    sidecar = await OwnSidecar.start(programs.sidecar);
    directory = join(sidecar.home, "work");
    await mkdir(directory);
    await writeFile(join(directory, "there.txt"), "there\n");
  });

  after(async () => {
    await browser?.close();
    await sidecar?.end();
  });

  const open = (query) =>
    openPage(browser, `${sidecar.url}/?${new URLSearchParams(query)}#token=${sidecar.token}`);
  const toast = (page, words) => page.locator('[data-test="toast"]', { hasText: words }).first().waitFor();
  const task = (number, check, depends_on = []) => ({
    task_id: `T${number}`,
    description: `Step ${number}`,
    files: [],
    checks: [check],
    depends_on,
  });
  const command = (line) => ({ type: "command", command: line });

  /** A run whose tasks are only checked, in a session of its own. */
  async function start(tasks) {
    const session_id = unique("ses");
    await post(sidecar.url, { session_id, hook_event_type: "SessionStart", payload: { directory } });
    return act(sidecar.place, "POST", "/v1/runs", {
      plan: { directory, summary: "A plan by hand", tasks },
      worker: "none",
      session_id,
    });
  }

  it("pauses, resumes, gives more budget, and cancels once it was asked", async () => {
    const run = await start([task(1, command("sleep 30")), task(2, command("true"), ["T1"])]);
    const { page, close } = await open({ session: run.session_id });
    const strip = page.locator(`[data-run="${run.run_id}"]`);
    await strip.getByRole("button", { name: "Pause run" }).click();
    await toast(page, "The run is paused");
    await strip.locator('[data-test="run-status"]', { hasText: "run paused" }).waitFor();
    await strip.getByRole("button", { name: "Resume run" }).click();
    await strip.locator('[data-test="run-status"]', { hasText: "run running" }).waitFor();

    await strip.getByRole("button", { name: "Budget…" }).click();
    await page.getByLabel("US dollars").fill("7.5");
    await page.getByRole("button", { name: "Change the budget" }).click();
    await toast(page, "The run may use $7.50");
    await strip
      .getByText("$7.50")
      .waitFor()
      .catch(() => undefined);

    await strip.getByRole("button", { name: "Cancel run…" }).click();
    await page.getByRole("button", { name: "Leave it" }).click();
    await strip.locator('[data-test="run-status"]', { hasText: "run running" }).waitFor();
    await strip.getByRole("button", { name: "Cancel run…" }).click();
    await page.getByRole("button", { name: "Cancel the run" }).click();
    await strip.locator('[data-test="run-status"]', { hasText: "run cancelled" }).waitFor();
    await close();

    const { events } = await (
      await fetch(`${sidecar.url}/v1/events?session=${run.session_id}&type=Notification&limit=100`)
    ).json();
    const acts = events
      .filter(({ payload }) => payload.by === "dashboard")
      .map(({ payload }) => payload.action);
    assert.ok(acts.length >= 4, `each act is an event: ${acts}`);
  });

  it("cancels one task, retries what failed, and confirms what a person judges", async () => {
    const run = await start([
      task(1, command("sleep 30")),
      task(2, { type: "file_exists", path: "missing.txt" }),
      task(3, { type: "manual", question: "Is it nice?" }),
    ]);
    const { page, close } = await open({ session: run.session_id });
    const card = (id) => page.locator(`article[data-task="${id}"]`);
    const status = (id, words) => card(id).locator('[data-test="status"]', { hasText: words }).waitFor();
    await card("T1").getByRole("button", { name: "Cancel task…" }).click();
    await page.getByRole("button", { name: "Cancel the task" }).click();
    await status("T1", "cancelled");
    await card("T3").getByRole("button", { name: "Confirm" }).click();
    await status("T3", "completed");
    await status("T2", "failed");
    await writeFile(join(directory, "missing.txt"), "no more\n");
    await card("T2").getByRole("button", { name: "Retry" }).click();
    await status("T2", "completed");
    await close();
  });

  it("edits, reorders and adds tasks of a plan before it is carried out", async () => {
    const session_id = unique("ses");
    const plan_id = unique("plan");
    await post(sidecar.url, { session_id, hook_event_type: "SessionStart", payload: { directory } });
    const request = {
      plan_id,
      session_id,
      directory,
      text: "Create a.txt, then create b.txt, then run cat a.txt b.txt and check it",
      gate_reason: "a test",
      provider: "offline",
    };
    await act(sidecar.place, "POST", "/v1/plans", request);
    const { page, close } = await open({ session: session_id });
    await page.locator("article[data-task]").first().waitFor();
    await page.getByRole("button", { name: "Edit plan" }).click();
    const drafts = page.locator("[data-draft]");
    await drafts.first().waitFor();
    const before = await drafts.count();
    await page.getByRole("button", { name: "Add a task" }).click();
    const added = drafts.last();
    await added.getByLabel("What is to be done").fill("Look at what came of it");
    await added.getByRole("button", { name: "Add a check" }).click();
    await added.getByRole("textbox", { name: /^Command of check 1/ }).fill("ls");
    await added.getByRole("button", { name: /^Move .* up$/ }).click();
    await page.getByRole("button", { name: "Save the plan" }).click();
    await toast(page, "The plan is changed");
    await page.getByText("Look at what came of it").first().waitFor();
    const plan = await (await fetch(`${sidecar.url}/v1/plans/${plan_id}`)).json();
    assert.equal(plan.tasks.length, before + 1);
    assert.equal(plan.tasks.at(-2).description, "Look at what came of it");

    // Without a model or an OpenCode nobody can work: the page shows what the sidecar says of that.
    await page.getByRole("button", { name: "Carry out…" }).click();
    await page.getByRole("button", { name: "Carry it out" }).click();
    await page.locator('[data-test="toast"]').nth(1).waitFor();
    await close(/\/v1\/runs/);
  });

  it("shows what the sidecar has against a plan, and keeps what was written", async () => {
    const session_id = unique("ses");
    const plan_id = unique("plan");
    await post(sidecar.url, { session_id, hook_event_type: "SessionStart", payload: { directory } });
    await act(sidecar.place, "POST", "/v1/plans", {
      plan_id,
      session_id,
      directory,
      text: "Create c.txt and describe it in d.txt",
      gate_reason: "a test",
      provider: "offline",
    });
    const { page, close } = await open({ session: session_id });
    await page.locator("article[data-task]").first().waitFor();
    await page.getByRole("button", { name: "Edit plan" }).click();
    const draft = page.locator("[data-draft]").first();
    await draft.getByLabel("Files that it writes").fill("../../outside.txt");
    await draft.getByLabel("What is to be done").fill("Write outside");
    await page.getByRole("button", { name: "Save the plan" }).click();
    await page.locator('[data-test="toast"][data-tone="bad"]').waitFor();
    assert.equal(await draft.getByLabel("What is to be done").inputValue(), "Write outside");
    await close(/\/v1\/plans\//);
  });

  it("answers what hook scripts of other programs ask", async () => {
    const session_id = unique("ses");
    await post(sidecar.url, {
      session_id,
      payload: { message: "may I?" },
      humanInTheLoop: { question: "May the script go on?", type: "permission" },
    });
    const { page, close } = await open({});
    const asked = page.locator("article", { hasText: "May the script go on?" });
    await asked.getByRole("button", { name: "Allow" }).click();
    await toast(page, "Answered");
    await asked.waitFor({ state: "detached" });
    await close();
  });

  it("downloads a session in both forms", async () => {
    const run = await start([task(1, { type: "file_exists", path: "there.txt" })]);
    const { page, close } = await open({ session: run.session_id });
    for (const [name, ending] of [
      ["One page to read and send", "html"],
      ["Every event", "jsonl"],
    ]) {
      await page.getByRole("button", { name: "Export" }).click();
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("link", { name: new RegExp(`^${name}`) }).click(),
      ]);
      assert.ok(download.suggestedFilename().endsWith(ending), download.suggestedFilename());
    }
    await close();
  });
}

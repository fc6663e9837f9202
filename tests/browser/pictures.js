/** Makes a picture of each view on a busy day, in both themes: `node pictures.js FOLDER`. */
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { launch } from "./browser.js";
import { feedBusyDay } from "./feed.js";
import { OwnSidecar } from "./ownSidecar.js";
import { readPrograms } from "./settings.js";
import { viewsOf } from "./views.js";

const VIEWPORT = { width: 1440, height: 900 };
/** Days before the one that is shown, for the history. */
const DAYS_BEFORE = 8;
/** Fades and late figures are over by then, in milliseconds. */
const SETTLED_MS = 900;

const [folder] = process.argv.slice(2);
const programs = readPrograms();
const sidecar = await OwnSidecar.start(programs.sidecar);
const browser = await launch(programs.chromium);
try {
  await mkdir(folder, { recursive: true });
  // Those of views that are gone; pictures of another kind are not ours.
  for (const file of await readdir(folder)) if (file.endsWith(".png")) await rm(join(folder, file));
  const day = await feedBusyDay(sidecar.place, join(sidecar.home, "work"), DAYS_BEFORE);
  for (const theme of ["light", "dark"])
    for (const { name, query, ready } of viewsOf(day)) {
      const context = await browser.newContext({
        viewport: VIEWPORT,
        colorScheme: theme,
        reducedMotion: "reduce",
      });
      const page = await context.newPage();
      await page.goto(`${sidecar.url}/?${new URLSearchParams(query)}#token=${sidecar.token}`);
      await page.locator(ready).first().waitFor();
      await page.waitForTimeout(SETTLED_MS);
      // Flat colours and text: PNG is as small as anything that blurs.
      await page.screenshot({ path: join(folder, `${name}-${theme}.png`) });
      console.log(`${name}-${theme}.png`);
      await context.close();
    }
} finally {
  await browser.close();
  await sidecar.end();
}

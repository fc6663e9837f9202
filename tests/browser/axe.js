/** What axe-core finds wrong with a page. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const source = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The serious and critical findings, each with the elements it is about. */
export async function findings(page) {
  // Evaluated from outside: the page's own policy lets no foreign script in.
  await page.evaluate(source);
  return page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(
        ({ id, nodes }) =>
          `${id}: ${nodes
            .slice(0, 5)
            .map(
              ({ html, failureSummary }) =>
                `${html.slice(0, 160)} ${(failureSummary ?? "").split("\n")[1] ?? ""}`,
            )
            .join("; ")}`,
      );
  });
}

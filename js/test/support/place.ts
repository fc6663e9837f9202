import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of the test's own, gone when the test ends: `using place = new Place()`. */
export class Place implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "rozet-js-"));

  /** A path inside. */
  at(...names: string[]): string {
    return join(this.path, ...names);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Waits for a condition, and fails with its source when it does not come true. */
export async function until(condition: () => boolean, ms = 5_000): Promise<void> {
  const end = Date.now() + ms;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`did not come true within ${ms} ms: ${condition}`);
    await Bun.sleep(2);
  }
}

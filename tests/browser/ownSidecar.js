/** A real sidecar of a test's own, in a home of its own, which can be stopped, started and emptied. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const HEALTHY_WITHIN_MS = 30_000;

export class OwnSidecar {
  /** Starts `binary` on a free port; `variables` are added to its environment. */
  static async start(binary, variables = {}) {
    const home = await mkdtemp(join(tmpdir(), "rozet-browser-"));
    const sidecar = new OwnSidecar(binary, home, variables);
    await sidecar.up(0);
    return sidecar;
  }

  constructor(binary, home, variables) {
    this.binary = binary;
    this.home = home;
    this.variables = variables;
  }

  /** Where the dashboard answers, and what it takes to act there. */
  get place() {
    return { url: this.url, token: this.token };
  }

  async up(port = this.port) {
    const env = {
      PATH: process.env.PATH,
      HOME: this.home,
      ROZET_HOME: join(this.home, "rozet"),
      ...this.variables,
    };
    const args = ["up", "--foreground", "--port", String(port), "--dashboard-port", "0"];
    this.child = spawn(this.binary, args, { env, stdio: "ignore" });
    const deadline = Date.now() + HEALTHY_WITHIN_MS;
    while (Date.now() < deadline) {
      const info = await readFile(join(this.home, "rozet/state/sidecar.json"), "utf8").then(
        JSON.parse,
        () => undefined,
      );
      if (info?.pid === this.child.pid && (await fetch(`${info.url}/health`).catch(() => undefined))?.ok) {
        this.url = info.url;
        this.port = Number(new URL(info.url).port);
        this.token = (await readFile(join(this.home, "rozet/state/token"), "utf8")).trim();
        return;
      }
      await pause(50);
    }
    throw new Error("the sidecar did not become healthy");
  }

  async down() {
    if (this.child.exitCode !== null) return;
    const ended = once(this.child, "exit");
    this.child.kill("SIGTERM");
    await ended;
  }

  /** Takes everything that is stored away; only while it is down. */
  empty() {
    return rm(join(this.home, "rozet/data"), { recursive: true, force: true });
  }

  /** Takes the token away, so that the next start makes another; only while it is down. */
  forgetToken() {
    return rm(join(this.home, "rozet/state/token"), { force: true });
  }

  async end() {
    await this.down();
    await rm(this.home, { recursive: true, force: true });
  }
}

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { SidecarInfo } from "../generated/types.ts";

/** Where the sidecar answers, and the key to it. */
export interface Endpoint {
  /** Base URL without a slash at the end; loopback only. */
  url: string;
  /** The bearer token; empty when the file cannot be read. */
  token: string;
}

/** Why there is no endpoint, in words for a person. */
export const NOT_RUNNING = "the Rozet sidecar is not running";

/** Finds the running sidecar through the files it writes in the state folder. */
export class Discovery {
  #known: Endpoint | undefined;
  readonly #info: string;
  readonly #token: string;

  constructor(stateFolder: string) {
    this.#info = join(stateFolder, "sidecar.json");
    this.#token = join(stateFolder, "token");
  }

  /** The endpoint, read once until `forget`; undefined when there is none. */
  find(): Endpoint | undefined {
    this.#known ??= this.#read();
    return this.#known;
  }

  /** Makes the next `find` read the files again: after a failed connection or a refused token. */
  forget(): void {
    this.#known = undefined;
  }

  #read(): Endpoint | undefined {
    // Checked first: an absent file is the common case, and cheaper than an exception.
    if (!existsSync(this.#info)) return undefined;
    try {
      const info = JSON.parse(readFileSync(this.#info, "utf8")) as Partial<SidecarInfo>;
      const url = loopback(info.url);
      if (url === undefined || !isAlive(info.pid)) return undefined;
      return { url, token: this.#readToken() };
    } catch {
      return undefined;
    }
  }

  #readToken(): string {
    try {
      return readFileSync(this.#token, "utf8").trim();
    } catch {
      return "";
    }
  }
}

/** After a crash the file stays, and its port may be another program's, which must not get the token. */
function isAlive(pid: unknown): boolean {
  if (typeof pid !== "number") return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** The token must not leave the machine, whatever the file says. */
function loopback(url: unknown): string | undefined {
  if (typeof url !== "string") return undefined;
  const parsed = new URL(url);
  const local = ["127.0.0.1", "localhost", "[::1]"].includes(parsed.hostname);
  return parsed.protocol === "http:" && local ? parsed.origin : undefined;
}

import { spawn } from "node:child_process";
import { isAbsolute, relative, resolve } from "node:path";

/** How long an opener may take to fail: one that is still there then has opened something. */
const FAILS_WITHIN_MS = 2_000;

/** Opens an address in the person's browser. Says whether that began well; never throws. */
export function browse(address: string): Promise<boolean> {
  const [program, ...args] =
    process.platform === "darwin"
      ? ["open"]
      : process.platform === "win32"
        ? ["cmd", "/c", "start", ""]
        : ["xdg-open"];
  return new Promise((done) => {
    try {
      const child = spawn(program as string, [...args, address], { stdio: "ignore", detached: true });
      const timer = setTimeout(() => done(true), FAILS_WITHIN_MS);
      timer.unref();
      const end = (well: boolean) => {
        clearTimeout(timer);
        done(well);
      };
      child.on("error", () => end(false));
      child.on("exit", (code) => end(code === 0));
      child.unref();
    } catch {
      done(false);
    }
  });
}

/** The screen that OpenCode draws on, as far as an editor needs it for itself. */
export interface Screen {
  suspend: () => void;
  resume: () => void;
  requestRender: () => void;
}

/** Opens files in the person's editor, which has the terminal until it ends. Throws when it cannot be started. */
export async function edit(
  editor: string,
  files: readonly string[],
  directory: string,
  screen: Screen,
): Promise<void> {
  const [program = "", ...args] = editor.split(" ").filter((word) => word !== "");
  screen.suspend();
  try {
    await new Promise<void>((done, fail) => {
      const child = spawn(program, [...args, ...files], { cwd: directory, stdio: "inherit" });
      child.on("error", fail);
      child.on("exit", () => done());
    });
  } finally {
    screen.resume();
    screen.requestRender();
  }
}

/** The task's files as absolute paths, those alone that lie in the workspace: a plan is a model's word. */
export function within(directory: string, files: readonly string[]): string[] {
  return files
    .map((file) => resolve(directory, file))
    .filter((path) => {
      const below = relative(directory, path);
      return below !== "" && !below.startsWith("..") && !isAbsolute(below);
    });
}

/** Tool calls of a busy day, with what they were given and what came of them. */

const OUTPUTS = {
  pass: "running 48 tests\n................................................\ntest result: ok. 48 passed; 0 failed; finished in 2.31s\n",
  list: "total 48\n-rw-r--r-- 1 ada ada  2214 README.md\ndrwxr-xr-x 4 ada ada  4096 src\ndrwxr-xr-x 2 ada ada  4096 tests\n",
};

/** One call from request to end; returns when it ended. */
export function toolCall(project, startMs, session, isFailing) {
  const { random, about } = project;
  const tool = random.of([
    "read",
    "read",
    "grep",
    "edit",
    "edit",
    "write",
    "bash",
    "bash",
    "todowrite",
    "webfetch",
  ]);
  const file = `${project.directory}/${random.of(about.files)}`;
  const call_id = random.id("call");
  const args = argsOf(tool, file, about, random);
  project.emit(startMs, session, "ToolRequested", { tool, call_id, args });
  const took = tool === "bash" ? random.between(400, 18_000) : random.between(8, 900);
  const at = startMs + took;
  if (isFailing) {
    project.emit(at, session, "ToolFailed", {
      tool,
      call_id,
      error: failureOf(tool, file),
      duration_ms: took,
    });
    return at;
  }
  const output =
    tool === "bash"
      ? random.of([OUTPUTS.pass, OUTPUTS.list])
      : tool === "grep"
        ? `${file}:12: discount\n${file}:48: discount\n`
        : "";
  project.emit(at, session, "ToolCompleted", {
    tool,
    call_id,
    args,
    title: titleOf(tool, args, file),
    output,
    output_length: output.length,
    duration_ms: took,
    ...(tool === "bash" ? { exit: 0 } : {}),
  });
  return at;
}

function argsOf(tool, file, about, random) {
  switch (tool) {
    case "bash":
      return {
        command: random.of([about.test, "git status --short", "ls -la", `${about.test} -- --verbose`]),
        description: "Looks how it stands",
      };
    case "grep":
      return { pattern: random.of(["discount", "fn forecast", "TODO", "def search"]), path: file };
    case "edit":
      return {
        filePath: file,
        oldString: "  return total;\n",
        newString: "  const discounted = total - discount;\n  return Math.max(0, discounted);\n",
      };
    case "write":
      return {
        filePath: file,
        content: "export const RATES = {\n  DE: 0.19,\n  FR: 0.2,\n  IT: 0.22,\n};\n",
      };
    case "webfetch":
      return { url: "https://example.com/vat-rates", format: "markdown" };
    case "todowrite":
      return {
        todos: [
          { content: "Find the place", status: "completed" },
          { content: "Fix it", status: "in_progress" },
        ],
      };
    default:
      return { filePath: file };
  }
}

function titleOf(tool, args, file) {
  if (tool === "bash") return args.description;
  return tool === "todowrite" ? "2 todos" : (args.url ?? file.split("/").slice(-2).join("/"));
}

function failureOf(tool, file) {
  return tool === "bash"
    ? "exited with 101: thread 'cache_expires' panicked at tests/forecast.rs:31"
    : `${file} has changed since it was read: read it again`;
}

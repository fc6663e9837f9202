import type { PluginInput } from "@opencode-ai/plugin";

/** What was shown and logged through a client. */
export interface Said {
  toasts: string[];
  logs: string[];
}

/** Where OpenCode's client says that its API is; in `opencode run` nobody listens there. */
export const BASE_URL = "http://localhost:4096";

/** As much of OpenCode's plugin context as Rozet touches; `fetch` is OpenCode's API in its own process. */
export function context(
  directory: string,
  said: Said = { toasts: [], logs: [] },
  fetch?: (request: Request) => Promise<Response>,
): PluginInput {
  const headers = new Headers({ authorization: "Basic b3BlbmNvZGU6cHc=" });
  const client = {
    tui: {
      showToast: async ({ body }: { body: { message: string } }) => void said.toasts.push(body.message),
    },
    app: { log: async ({ body }: { body: { message: string } }) => void said.logs.push(body.message) },
    _client: { getConfig: () => ({ baseUrl: BASE_URL, headers, fetch: fetch && answering(fetch) }) },
  };
  return { client, directory, worktree: directory } as unknown as PluginInput;
}

/** Its version is asked for at some time in every test, and is no test's business. */
function answering(fetch: (request: Request) => Promise<Response>) {
  return async (request: Request) =>
    new URL(request.url).pathname === "/global/health"
      ? Response.json({ healthy: true, version: "1.18.33" })
      : await fetch(request);
}

/** A model as OpenCode 1.18.33 hands it to `chat.params` and `system.transform`. */
export const MODEL = {
  id: "scripted",
  providerID: "fake",
  name: "Scripted",
  api: { id: "scripted", npm: "@ai-sdk/openai-compatible", url: "" },
  capabilities: { reasoning: true, temperature: false, attachment: false, toolcall: true },
} as never;

/** The output of `chat.message` for one prompt. */
export function message(sessionID: string, text: string) {
  return {
    message: {
      id: "msg_1",
      role: "user",
      sessionID,
      time: { created: 1 },
      agent: "build",
      model: { providerID: "fake", modelID: "scripted" },
    },
    parts: [{ id: "prt_1", sessionID, messageID: "msg_1", type: "text", text }],
  } as never;
}

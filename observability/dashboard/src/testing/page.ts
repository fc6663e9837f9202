/** The whole page against a sidecar that the test plays. */
import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { vi } from "vitest";
import App from "../App.vue";
import type { Ask, Plan, SessionSummary, SessionView, StoredEvent, TaskView } from "../generated/types";
import { aSessionView } from "./events";
import { FakeSocket } from "./socket";

export interface Sidecar {
  sessions: SessionSummary[];
  /** Plans by session; a session's view is made of them. */
  plans: Record<string, Plan[]>;
  views: Record<string, SessionView>;
  tasks: TaskView[];
  asks: Ask[];
  /** What is stored, the oldest first. */
  stored: StoredEvent[];
  /** No request is ever answered. */
  isMute: boolean;
  /** What these addresses answer instead; the method stands before those that are no reading. */
  answers: Record<string, { status: number; body: unknown }>;
  /** Every address that was asked for, with the method where it is no reading. */
  asked: string[];
  /** What was sent, by method and address. */
  sent: Record<string, unknown>;
  /** The headers of the last act. */
  headers: Headers;
  sockets: FakeSocket[];
}

export interface Page {
  sidecar: Sidecar;
  wrapper: VueWrapper;
  /** The stream of now. */
  socket: () => FakeSocket;
  /** Stores an event and sends it live. */
  emit: (event: StoredEvent) => Promise<void>;
  /** How often an address was asked for, whatever its query. */
  timesAsked: (path: string) => number;
  text: () => string;
  /** The button or link with these words. */
  press: (words: string) => Promise<void>;
}

/** Opens the page at an address; with `isLive` the stream opens and says where it begins. */
export async function openPage(parts: Partial<Sidecar> = {}, search = "/", isLive = true): Promise<Page> {
  const sidecar: Sidecar = {
    sessions: [],
    plans: {},
    views: {},
    tasks: [],
    asks: [],
    stored: [],
    isMute: false,
    answers: {},
    asked: [],
    sent: {},
    headers: new Headers(),
    sockets: [],
    ...parts,
  };
  window.history.replaceState(null, "", search);
  giveRoom();
  vi.stubGlobal("fetch", (path: string, request?: RequestInit) => answer(sidecar, path, request));
  vi.stubGlobal("WebSocket", function open() {
    return FakeSocket.into(sidecar.sockets);
  });

  const wrapper = mount(App, { attachTo: document.body });
  const socket = () => {
    const last = sidecar.sockets.at(-1);
    if (!last) throw new Error("no stream was opened");
    return last;
  };
  if (isLive) {
    socket().accept();
    socket().ready(sidecar.stored.at(-1)?.id ?? 0);
  }
  await settle();

  return {
    sidecar,
    wrapper,
    socket,
    async emit(event) {
      sidecar.stored.push(event);
      socket().say({ type: "event", data: event });
      await settle();
    },
    timesAsked: (path) => sidecar.asked.filter((one) => one.split("?")[0] === path).length,
    text: () => wrapper.text(),
    async press(words) {
      const found = wrapper.findAll("button, a").find((one) => one.text() === words);
      if (!found) throw new Error(`nothing says "${words}" in: ${wrapper.text()}`);
      await found.trigger("click");
      await settle();
    },
  };
}

/** Lets batches, coalesced readings and their renderings happen. Needs fake timers. */
export async function settle(ms = 800): Promise<void> {
  await flushPromises();
  await vi.advanceTimersByTimeAsync(ms);
  await flushPromises();
}

async function answer(sidecar: Sidecar, address: string, request: RequestInit = {}): Promise<Response> {
  const isReading = request.method === undefined;
  const asked = isReading ? address : `${request.method} ${address}`;
  sidecar.asked.push(asked);
  if (sidecar.isMute) return new Promise(() => {});
  if (!isReading) {
    sidecar.headers = new Headers(request.headers);
    sidecar.sent[asked] = typeof request.body === "string" ? JSON.parse(request.body) : undefined;
  }
  const { pathname, searchParams } = new URL(address, "http://localhost");
  const given = sidecar.answers[asked] ?? sidecar.answers[pathname];
  if (given)
    return given.status === 204
      ? new Response(null, { status: 204 })
      : Response.json(given.body, { status: given.status });
  const body = isReading ? read(sidecar, pathname, searchParams) : undefined;
  if (body !== undefined) return Response.json(body);
  return Response.json(
    { error: { code: "not_found", message: "there is nothing at this address: see /v1/health" } },
    { status: 404 },
  );
}

function read(sidecar: Sidecar, path: string, params: URLSearchParams): unknown {
  const id = decodeURIComponent(/^\/v1\/sessions\/([^/]+)$/.exec(path)?.[1] ?? "");
  if (id) {
    const session = sidecar.sessions.find((one) => one.session_id === id);
    return sidecar.views[id] ?? (session && aSessionView({ session, plans: sidecar.plans[id] ?? [] }));
  }
  switch (path) {
    case "/v1/sessions":
      return { sessions: sidecar.sessions };
    case "/v1/asks":
      return { asks: sidecar.asks };
    case "/v1/tasks":
      return { tasks: sidecar.tasks };
    case "/v1/events":
      return page(sidecar.stored, params);
    case "/v1/stats":
      return {
        by_type: counts(sidecar.stored, "hook_event_type"),
        by_source: counts(sidecar.stored, "source_app"),
      };
    case "/health":
      return { status: "ok", name: "rozet-sidecar", version: "0.1.0", pid: 1, url: "" };
    default:
      return undefined;
  }
}

/** A page as the sidecar makes it, as far as the tests go: by session, type and text. */
function page(stored: readonly StoredEvent[], params: URLSearchParams): unknown {
  const [before, after] = [
    Number(params.get("before") ?? Number.POSITIVE_INFINITY),
    Number(params.get("after") ?? 0),
  ];
  const limit = Number(params.get("limit"));
  const types = params.getAll("type");
  const session = params.get("session") ?? params.get("subtree");
  const words = (params.get("text") ?? "").toLowerCase().split(" ").filter(Boolean);
  const wanted = stored.filter((event) => {
    const text = JSON.stringify(event).toLowerCase();
    const isType = types.length === 0 || types.includes(event.hook_event_type);
    return (
      event.id > after &&
      event.id < before &&
      isType &&
      (!session || event.session_id === session) &&
      words.every((word) => text.includes(word))
    );
  });
  const isOldest = params.get("order") === "oldest";
  const events = (isOldest ? wanted : wanted.toReversed()).slice(0, limit);
  return {
    events,
    newest: stored.at(-1)?.id ?? 0,
    ...(wanted.length > limit ? { next: events.at(-1)?.id } : {}),
  };
}

function counts(
  stored: readonly StoredEvent[],
  field: "hook_event_type" | "source_app",
): { name: string; events: number }[] {
  const names = new Map<string, number>();
  for (const event of stored) names.set(event[field], (names.get(event[field]) ?? 0) + 1);
  return [...names].map(([name, events]) => ({ name, events })).sort((a, b) => b.events - a.events);
}

/** Without a layout elements have no size, and a list without height shows no rows. */
function giveRoom(): void {
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(600);
  vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(34);
}

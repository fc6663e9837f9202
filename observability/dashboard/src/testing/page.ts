/** The whole page against a sidecar that the test plays. */
import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { vi } from "vitest";
import App from "../App.vue";
import type { Plan, SessionSummary, StoredEvent } from "../generated/types";
import { FakeSocket } from "./socket";

export interface Sidecar {
  sessions: SessionSummary[];
  plans: Record<string, Plan[]>;
  recent: StoredEvent[];
  /** No request is ever answered. */
  isMute: boolean;
  /** Paths that answer this error. */
  failing: Record<string, { status: number; body: unknown }>;
  /** Every path that was asked for. */
  asked: string[];
  sockets: FakeSocket[];
}

export interface Page {
  sidecar: Sidecar;
  wrapper: VueWrapper;
  /** The stream of now. */
  socket: () => FakeSocket;
  /** Sends a live event. */
  emit: (event: StoredEvent) => Promise<void>;
  /** How often a path was asked for. */
  timesAsked: (path: string) => number;
  text: () => string;
}

/** Opens the page at an address; with `isLive` the stream opens and repeats `recent`. */
export async function openPage(parts: Partial<Sidecar> = {}, search = "/", isLive = true): Promise<Page> {
  const sidecar: Sidecar = {
    sessions: [],
    plans: {},
    recent: [],
    isMute: false,
    failing: {},
    asked: [],
    sockets: [],
    ...parts,
  };
  window.history.replaceState(null, "", search);
  giveRoom();
  vi.stubGlobal("fetch", (path: string) => answer(sidecar, path));
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
    socket().say({ type: "initial", data: sidecar.recent });
  }
  await settle();

  return {
    sidecar,
    wrapper,
    socket,
    async emit(event) {
      socket().say({ type: "event", data: event });
      await settle();
    },
    timesAsked: (path) => sidecar.asked.filter((one) => one === path).length,
    text: () => wrapper.text(),
  };
}

/** Lets batches, coalesced readings and their renderings happen. Needs fake timers. */
export async function settle(ms = 500): Promise<void> {
  await flushPromises();
  await vi.advanceTimersByTimeAsync(ms);
  await flushPromises();
}

async function answer(sidecar: Sidecar, path: string): Promise<Response> {
  sidecar.asked.push(path);
  if (sidecar.isMute) return new Promise(() => {});
  const failure = sidecar.failing[path];
  if (failure) return Response.json(failure.body, { status: failure.status });
  const session = /^\/v1\/sessions\/([^/]+)\/plans$/.exec(path)?.[1];
  if (session) return Response.json({ plans: sidecar.plans[decodeURIComponent(session)] ?? [] });
  if (path === "/v1/sessions") return Response.json({ sessions: sidecar.sessions });
  if (path.startsWith("/events/recent")) return Response.json(sidecar.recent);
  if (path === "/health")
    return Response.json({ status: "ok", name: "rozet-sidecar", version: "0.1.0", pid: 1, url: "" });
  return new Response("not found", { status: 404 });
}

/** Without a layout elements have no size, and a list without height shows no rows. */
function giveRoom(): void {
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(600);
  vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(34);
}

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { anEvent, anEvidence, aPlan, aSession, aTask, eventsBetween } from "./testing/events";
import { openPage, type Page, settle } from "./testing/page";

let page: Page | undefined;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_800_000_060_000 });
});

afterEach(() => {
  page?.wrapper.unmount();
  page = undefined;
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function open(...args: Parameters<typeof openPage>): Promise<Page> {
  page = await openPage(...args);
  return page;
}

const session = aSession({ last_prompt: "create a hello world python script" });

describe("states", () => {
  it("first run: says what to do next, until the first session comes", async () => {
    const { text, sidecar, emit } = await open();
    expect(text()).toContain("Waiting for the first session");
    expect(text()).toContain('"plugin": ["rozet-opencode"]');
    sidecar.sessions = [session];
    await emit(anEvent({ id: 1, hook_event_type: "SessionStart" }));
    expect(text()).not.toContain("Waiting for the first session");
    expect(text()).toContain("create a hello world python script");
  });

  it("loading: says what is being read", async () => {
    const { text } = await open({ isMute: true }, "/", false);
    expect(text()).toContain("Connecting…");
    expect(text()).toContain("Reading the sessions…");
    expect(text()).toContain("Reading the events…");
  });

  it("error: shows the sidecar's own words, and tries again", async () => {
    const { text, sidecar, wrapper } = await open({
      failing: {
        "/v1/sessions": {
          status: 500,
          body: { error: { code: "store", message: "The database is locked." } },
        },
      },
    });
    expect(text()).toContain("The database is locked.");
    sidecar.failing = {};
    sidecar.sessions = [session];
    await wrapper.find('[role="alert"] button').trigger("click");
    await settle();
    expect(text()).not.toContain("The database is locked.");
    expect(text()).toContain("create a hello world python script");
  });

  it("a session that is not there: says so", async () => {
    const { text } = await open({ sessions: [session], recent: [anEvent()] }, "/?session=ses_gone");
    expect(text()).toContain("This session is not in the store");
  });

  it("no plan: gives the reason that the last prompt had", async () => {
    const recent = [anEvent({ hook_event_type: "PlanSkipped", payload: { reason: "a greeting" } })];
    const { text } = await open({ sessions: [session], recent });
    expect(text()).toContain("The last prompt needed no plan");
    expect(text()).toContain("a greeting");
  });
});

describe("sessions", () => {
  const child = aSession({
    session_id: "ses_child",
    parent_id: "ses_1",
    last_prompt: "look around",
    state: "idle",
  });

  it("chooses the newest that is nobody's child, and keeps it in the address", async () => {
    const { wrapper } = await open({ sessions: [child, session] });
    expect(window.location.search).toBe("?session=ses_1");
    expect(wrapper.get("[aria-current=true]").attributes("data-session")).toBe("ses_1");
    expect(wrapper.get('[data-session="ses_child"]').classes()).toContain("child");
  });

  it("goes to the one that is clicked, and back", async () => {
    const plans = { ses_child: [aPlan({ session_id: "ses_child", summary: "The child's plan" })] };
    const { wrapper, text } = await open({ sessions: [session, child], plans });
    await wrapper.get('[data-session="ses_child"]').trigger("click");
    await settle();
    expect(window.location.search).toBe("?session=ses_child");
    expect(text()).toContain("The child's plan");
    window.history.replaceState(null, "", "?session=ses_1");
    window.dispatchEvent(new PopStateEvent("popstate"));
    await settle();
    expect(text()).not.toContain("The child's plan");
  });
});

describe("plans", () => {
  it("are read again, once, when task events of the session come", async () => {
    const path = "/v1/sessions/ses_1/plans";
    const { wrapper, sidecar, emit, socket, timesAsked, text } = await open({
      sessions: [session],
      plans: { ses_1: [aPlan({ tasks: [aTask({ status: "running" })] })] },
      recent: eventsBetween(1, 2),
    });
    expect(wrapper.get('[data-test="status"]').text()).toBe("running");
    const before = timesAsked(path);

    await emit(anEvent({ id: 3, session_id: "ses_other", hook_event_type: "TaskCompleted" }));
    await emit(anEvent({ id: 4, hook_event_type: "ToolCompleted" }));
    expect(timesAsked(path)).toBe(before);

    sidecar.plans = { ses_1: [aPlan({ tasks: [aTask({ status: "completed", evidence: [anEvidence()] })] })] };
    for (const id of [5, 6, 7])
      socket().say({ type: "event", data: anEvent({ id, hook_event_type: "TaskCompleted" }) });
    await settle();
    expect(timesAsked(path)).toBe(before + 1);
    expect(wrapper.get('[data-test="status"]').text()).toBe("completed");
    expect(text()).toContain("passed");
  });

  it("name who made them and why", async () => {
    const offline = aPlan({ origin: "offline", reason: "no key for openai" });
    const { wrapper } = await open({
      sessions: [session],
      plans: { ses_1: [offline, aPlan({ plan_id: "p0", summary: "Old one" })] },
    });
    expect(wrapper.get('[data-test="origin"]').text()).toBe("Planned by the built-in planner");
    expect(wrapper.get('[data-test="reason"]').text()).toContain("no key for openai");
    expect(wrapper.get("details").text()).toContain("Old one");
    expect(wrapper.get("details").attributes("open")).toBeUndefined();
  });
});

describe("the connection", () => {
  const state = (one: Page) => one.wrapper.get('[data-test="connection"]').text();

  it("is told in words, and after a break the repeated events are merged without gap or double", async () => {
    const one = await open({ sessions: [session], recent: eventsBetween(1, 3) });
    expect(state(one)).toBe("Live");
    one.socket().drop();
    await settle(10);
    expect(state(one)).toBe("Reconnecting");
    expect(one.text()).toMatch(/in \d+ s/);
    await settle(1_000);
    one.socket().accept();
    one.socket().say({ type: "initial", data: eventsBetween(2, 5) });
    await settle();
    expect(state(one)).toBe("Live");
    expect(one.wrapper.findAll("[data-event]").map((row) => row.attributes("data-event"))).toEqual([
      "1",
      "2",
      "3",
      "4",
      "5",
    ]);
    expect(one.wrapper.find('[data-test="gap"]').exists()).toBe(false);
  });

  it("says how many events were missed when too many came meanwhile", async () => {
    const one = await open({ sessions: [session], recent: eventsBetween(1, 3) });
    one.socket().drop();
    await settle(1_000);
    one.socket().accept();
    one.socket().say({ type: "initial", data: eventsBetween(100, 101) });
    await settle();
    expect(one.wrapper.get('[data-test="gap"]').text()).toContain("96 events happened here");
  });

  it("reads sessions and plans anew once it is back", async () => {
    const one = await open({ sessions: [session], recent: eventsBetween(1, 1) });
    const before = one.timesAsked("/v1/sessions");
    one.socket().drop();
    await settle(1_000);
    one.socket().accept();
    await settle();
    expect(one.timesAsked("/v1/sessions")).toBeGreaterThan(before);
  });

  it("that is lost says so and what to do", async () => {
    const one = await open({ sessions: [session], recent: eventsBetween(1, 1) });
    for (let attempt = 0; attempt < 5; attempt++) {
      one.socket().drop();
      await settle(9_000);
    }
    expect(state(one)).toBe("Connection lost");
    expect(one.text()).toContain("rozet-sidecar up");
  });

  it("shows the newest events by a plain request where the stream does not open", async () => {
    const one = await open({ sessions: [session], recent: eventsBetween(1, 3) }, "/", false);
    expect(one.wrapper.findAll("[data-event]")).toHaveLength(3);
  });

  it("counts messages that it cannot read and goes on", async () => {
    const one = await open({ sessions: [session], recent: eventsBetween(1, 1) });
    for (const bad of ["{", "[]", '{"type":"event","data":{"id":"x"}}', '{"type":"news"}'])
      one.socket().say(bad);
    await one.emit(anEvent({ id: 2 }));
    expect(one.text()).toContain("4 messages from the sidecar could not be read");
    expect(one.wrapper.findAll("[data-event]")).toHaveLength(2);
  });
});

describe("the timeline", () => {
  const recent = [
    anEvent({ id: 1, hook_event_type: "UserPromptSubmit", payload: { prompt: "make hello.py" } }),
    anEvent({ id: 2, hook_event_type: "ToolCompleted", payload: { tool: "write", title: "hello.py" } }),
    anEvent({ id: 3, hook_event_type: "ToolCompleted", session_id: "ses_2", payload: { tool: "bash" } }),
  ];
  const shown = (one: Page) => one.wrapper.findAll("[data-event]").map((row) => row.attributes("data-event"));

  it("shows the session's events, or all", async () => {
    const one = await open({ sessions: [session], recent });
    expect(shown(one)).toEqual(["1", "2"]);
    await one.wrapper
      .findAll("button")
      .find((button) => button.text() === "All")
      ?.trigger("click");
    await settle();
    expect(shown(one)).toEqual(["1", "2", "3"]);
    expect(window.location.search).toContain("scope=all");
  });

  it("filters by text and type from the address, and says when nothing fits", async () => {
    const one = await open({ sessions: [session], recent }, "/?session=ses_1&scope=all&type=ToolCompleted");
    expect(shown(one)).toEqual(["2", "3"]);
    const input = one.wrapper.get<HTMLInputElement>('input[type="search"]');
    await input.setValue("hello");
    await settle();
    expect(shown(one)).toEqual(["2"]);
    await input.setValue("no such thing");
    await settle();
    expect(one.text()).toContain("No event matches");
    await one.wrapper
      .findAll("button")
      .find((button) => button.text() === "Clear the filter")
      ?.trigger("click");
    await settle();
    expect(shown(one)).toEqual(["1", "2", "3"]);
    expect(window.location.search).toBe("?session=ses_1&scope=all");
  });

  it("offers types with their counts", async () => {
    const one = await open({ sessions: [session], recent }, "/?session=ses_1&scope=all");
    await one.wrapper
      .findAll("button")
      .find((button) => button.text() === "Type")
      ?.trigger("click");
    const offered = one.wrapper.findAll('[role="group"][aria-label="Type"] label');
    expect(offered.map((label) => label.text())).toEqual(["Tool done2", "Prompt1"]);
    await offered[1]?.get("input").setValue(true);
    await settle();
    expect(shown(one)).toEqual(["1"]);
    expect(window.location.search).toContain("type=UserPromptSubmit");
  });

  it("stands still when paused, and says how many came", async () => {
    const one = await open({ sessions: [session], recent });
    await one.wrapper
      .findAll("button")
      .find((button) => button.text() === "Pause")
      ?.trigger("click");
    await one.emit(anEvent({ id: 4 }));
    await one.emit(anEvent({ id: 5 }));
    expect(shown(one)).toEqual(["1", "2"]);
    await one.wrapper.get('[data-test="new"]').trigger("click");
    await settle();
    expect(shown(one)).toEqual(["1", "2", "4", "5"]);
    expect(one.wrapper.find('[data-test="new"]').exists()).toBe(false);
  });

  it("opens an event to its raw form", async () => {
    const one = await open({ sessions: [session], recent });
    await one.wrapper.get('[data-event="2"] button').trigger("click");
    const raw = one.wrapper.get('[data-event="2"] [aria-label="Raw JSON"]').text();
    expect(JSON.parse(raw)).toMatchObject({ id: 2, payload: { tool: "write" } });
  });

  it("shows an event that comes live", async () => {
    const one = await open({ sessions: [session], recent });
    await one.emit(anEvent({ id: 9, payload: { message: "a fresh one" } }));
    expect(one.text()).toContain("a fresh one");
  });
});

describe("hostile text", () => {
  const bomb = `<img src=x onerror="globalThis.hurt=1"><script>globalThis.hurt=1</script>`;

  it("is shown as text wherever it stands", async () => {
    const task = aTask({
      description: bomb,
      files: [bomb],
      status: "blocked",
      waits_for: { kind: "human", what: bomb },
      claim: { by: bomb, statement: bomb, at: 0 },
      evidence: [anEvidence({ detail: bomb, outcome: "failed" })],
    });
    const plan = aPlan({ summary: bomb, origin: "offline", reason: bomb, model: bomb, tasks: [task] });
    const one = await open({
      sessions: [aSession({ last_prompt: bomb, directory: bomb, model_name: bomb, source_app: bomb })],
      plans: { ses_1: [plan] },
      recent: [
        anEvent({ id: 1, hook_event_type: bomb, source_app: bomb, payload: { message: bomb, [bomb]: bomb } }),
      ],
    });
    await one.wrapper.get('[data-event="1"] button').trigger("click");
    expect(one.wrapper.findAll("img, script")).toHaveLength(0);
    expect((globalThis as { hurt?: number }).hurt).toBeUndefined();
    for (const place of [
      '[data-test="claim"]',
      '[data-test="evidence"]',
      '[data-test="wait"]',
      "[data-session]",
      '[data-event="1"]',
    ]) {
      expect(one.wrapper.get(place).text()).toContain("<script>");
    }
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { anAsk, anEvent, anEvidence, aPlan, aSession, aTask, eventsBetween } from "./testing/events";
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
    const { text } = await open({ isMute: true }, "/?view=session", false);
    expect(text()).toContain("Connecting…");
    expect(text()).toContain("Reading the sessions…");
  });

  it("error: shows the sidecar's own words, and tries again", async () => {
    const failing = { status: 503, body: { error: { code: "store", message: "The database is locked." } } };
    const { text, sidecar, wrapper } = await open({ answers: { "/v1/sessions": failing } }, "/?view=session");
    expect(text()).toContain("The database is locked.");
    sidecar.answers = {};
    sidecar.sessions = [session];
    await wrapper.find('[role="alert"] button').trigger("click");
    await settle();
    expect(text()).not.toContain("The database is locked.");
    expect(text()).toContain("create a hello world python script");
  });

  it("a session that is not there: says so", async () => {
    const gone = { status: 404, body: { error: { code: "not_found", message: "there is no such session" } } };
    const { text } = await open(
      { sessions: [session], answers: { "/v1/sessions/ses_gone": gone } },
      "/?session=ses_gone",
    );
    expect(text()).toContain("This session is not in the store");
  });

  it("a sidecar that is too old: says so where something is missing, and shows the rest", async () => {
    const { text } = await open({ sessions: [session] });
    expect(text()).toContain("This sidecar is too old to tell the pulse");
    expect(text()).toContain("create a hello world python script");
  });

  it("no plan: gives the reason that the last prompt had", async () => {
    const stored = [anEvent({ hook_event_type: "PlanSkipped", payload: { reason: "a greeting" } })];
    const { text } = await open({ sessions: [session], stored }, "/?session=ses_1");
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
    const { wrapper } = await open({ sessions: [child, session] }, "/?view=session");
    expect(window.location.search).toBe("?session=ses_1");
    expect(wrapper.get("[aria-current=true]").attributes("data-session")).toBe("ses_1");
    expect(wrapper.get('[data-session="ses_child"]').classes()).toContain("child");
  });

  it("goes to the one that is clicked, and back", async () => {
    const plans = { ses_child: [aPlan({ session_id: "ses_child", summary: "The child's plan" })] };
    const { wrapper, text } = await open({ sessions: [session, child], plans }, "/?session=ses_1");
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
  it("are read again, once, when something happens in the session", async () => {
    const path = "/v1/sessions/ses_1";
    const { wrapper, sidecar, emit, socket, timesAsked, text } = await open(
      {
        sessions: [session],
        plans: { ses_1: [aPlan({ tasks: [aTask({ status: "running" })] })] },
        stored: eventsBetween(1, 2),
      },
      "/?session=ses_1",
    );
    expect(wrapper.get('[data-test="status"]').text()).toBe("running");
    const before = timesAsked(path);
    await emit(anEvent({ id: 3, session_id: "ses_other", hook_event_type: "TaskCompleted" }));
    expect(timesAsked(path)).toBe(before);

    sidecar.plans = { ses_1: [aPlan({ tasks: [aTask({ status: "completed", evidence: [anEvidence()] })] })] };
    for (const id of [5, 6, 7])
      socket().say({ type: "event", data: anEvent({ id, hook_event_type: "TaskCompleted" }) });
    await settle();
    expect(timesAsked(path)).toBe(before + 1);
    expect(wrapper.get('[data-test="status"]').text()).toBe("completed");
    expect(text()).toContain("passed");
  });

  it("name who made them and why, and the others can be chosen", async () => {
    const offline = aPlan({ origin: "offline", reason: "no key for openai" });
    const old = aPlan({ plan_id: "p0", summary: "Old one", tasks: [aTask({ task_id: "T9" })] });
    const one = await open({ sessions: [session], plans: { ses_1: [offline, old] } }, "/?session=ses_1");
    expect(one.wrapper.get('[data-test="origin"]').text()).toBe("Planned by the built-in planner");
    expect(one.wrapper.get('[data-test="reason"]').text()).toContain("no key for openai");
    await one.press("Old one");
    expect(one.wrapper.find('[data-task="T9"]').exists()).toBe(true);
    expect(window.location.search).toContain("plan=p0");
  });

  it("stand as a list, as a board and as a graph", async () => {
    const tasks = [aTask({ status: "completed" }), aTask({ task_id: "T2", depends_on: ["T1"] })];
    const one = await open(
      { sessions: [session], plans: { ses_1: [aPlan({ tasks })] } },
      "/?session=ses_1&layout=board",
    );
    expect(one.wrapper.get('[data-column="Completed"]').text()).toContain("T1");
    expect(one.wrapper.get('[data-column="To do"]').text()).toContain("T2");
    await one.press("Graph");
    await vi.dynamicImportSettled();
    await settle();
    expect(one.wrapper.find('[data-edge="T1 T2"]').exists()).toBe(true);
    expect(window.location.search).toContain("layout=graph");
  });
});

describe("the connection", () => {
  const state = (one: Page) => one.wrapper.get('[data-test="connection"]').text();
  const shown = (one: Page) =>
    one.wrapper.findAll("[data-event]").map((row) => Number(row.attributes("data-event")));

  it("is told in words, and after a break what was missed is read without gap or double", async () => {
    const one = await open({ sessions: [session], stored: eventsBetween(1, 3) }, "/?session=ses_1");
    await one.emit(anEvent({ id: 4 }));
    expect(state(one)).toBe("Live");
    one.socket().drop();
    await settle(10);
    expect(state(one)).toBe("Reconnecting");
    expect(one.text()).toMatch(/in \d+ s/);
    one.sidecar.stored.push(...eventsBetween(5, 6));
    await settle(1_000);
    one.socket().accept();
    one.socket().ready(6);
    one.socket().say({ type: "event", data: anEvent({ id: 7 }) });
    await settle();
    expect(state(one)).toBe("Live");
    expect(shown(one)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it("reads everything anew where another store stands in the place of the old one", async () => {
    const one = await open({ sessions: [session], stored: eventsBetween(1, 3) }, "/?session=ses_1");
    await one.emit(anEvent({ id: 4 }));
    one.socket().drop();
    one.sidecar.stored = [anEvent({ id: 1, event_id: "other.1" }), anEvent({ id: 2, event_id: "other.2" })];
    await settle(1_000);
    one.socket().accept();
    one.socket().ready(2);
    await settle();
    expect(shown(one)).toEqual([1, 2]);
  });

  it("reads sessions and plans anew once it is back", async () => {
    const one = await open({ sessions: [session], stored: eventsBetween(1, 1) }, "/?session=ses_1");
    const before = one.timesAsked("/v1/sessions");
    one.socket().drop();
    await settle(1_000);
    one.socket().accept();
    one.socket().ready(1);
    await settle();
    expect(one.timesAsked("/v1/sessions")).toBeGreaterThan(before);
  });

  it("that is lost says so and what to do", async () => {
    const one = await open({ sessions: [session], stored: eventsBetween(1, 1) });
    for (let attempt = 0; attempt < 5; attempt++) {
      one.socket().drop();
      await settle(9_000);
    }
    expect(state(one)).toBe("Connection lost");
    expect(one.text()).toContain("rozet-sidecar up");
  });

  it("shows the newest events by a plain request where the stream does not open", async () => {
    const one = await open({ sessions: [session], stored: eventsBetween(1, 3) }, "/?session=ses_1", false);
    expect(shown(one)).toEqual([1, 2, 3]);
  });

  it("counts messages that it cannot read and goes on", async () => {
    const one = await open({ sessions: [session], stored: eventsBetween(1, 1) }, "/?session=ses_1");
    for (const bad of ["{", "[]", '{"type":"event","data":{"id":"x"}}', '{"type":"news"}'])
      one.socket().say(bad);
    await one.emit(anEvent({ id: 2 }));
    expect(one.text()).toContain("4 messages from the sidecar could not be read");
    expect(shown(one)).toEqual([1, 2]);
  });
});

describe("the timeline", () => {
  const stored = () => [
    anEvent({ id: 1, hook_event_type: "UserPromptSubmit", payload: { prompt: "make hello.py" } }),
    anEvent({ id: 2, hook_event_type: "ToolCompleted", payload: { tool: "write", title: "hello.py" } }),
    anEvent({ id: 3, hook_event_type: "ToolCompleted", session_id: "ses_2", payload: { tool: "bash" } }),
  ];
  const shown = (one: Page) => one.wrapper.findAll("[data-event]").map((row) => row.attributes("data-event"));

  it("shows the session's events, or all", async () => {
    const one = await open({ sessions: [session], stored: stored() }, "/?session=ses_1");
    expect(shown(one)).toEqual(["1", "2"]);
    await one.press("All");
    expect(shown(one)).toEqual(["1", "2", "3"]);
    expect(window.location.search).toContain("scope=all");
  });

  it("filters by text and type from the address, and says when nothing fits", async () => {
    const one = await open(
      { sessions: [session], stored: stored() },
      "/?session=ses_1&scope=all&type=ToolCompleted",
    );
    expect(shown(one)).toEqual(["2", "3"]);
    const input = one.wrapper.get<HTMLInputElement>('input[type="search"]');
    await input.setValue("hello");
    await settle();
    expect(shown(one)).toEqual(["2"]);
    await input.setValue("no such thing");
    await settle();
    expect(one.text()).toContain("No event matches");
    await one.press("Clear the filter");
    expect(shown(one)).toEqual(["1", "2", "3"]);
    expect(window.location.search).toBe("?session=ses_1&scope=all");
  });

  it("offers types with the store's counts", async () => {
    const one = await open({ sessions: [session], stored: stored() }, "/?session=ses_1&scope=all");
    await one.press("Type");
    const offered = one.wrapper.findAll('[role="group"][aria-label="Type"] label');
    expect(offered.map((label) => label.text())).toEqual(["Tool done2", "Prompt1"]);
    await offered[1]?.get("input").setValue(true);
    await settle();
    expect(shown(one)).toEqual(["1"]);
    expect(window.location.search).toContain("type=UserPromptSubmit");
  });

  it("stands still when paused, and says how many came", async () => {
    const one = await open({ sessions: [session], stored: stored() }, "/?session=ses_1");
    await one.press("Pause");
    await one.emit(anEvent({ id: 4 }));
    await one.emit(anEvent({ id: 5 }));
    expect(shown(one)).toEqual(["1", "2"]);
    expect(one.wrapper.get('[data-test="new"]').text()).toBe("2 new");
    await one.wrapper.get('[data-test="new"]').trigger("click");
    await settle();
    expect(shown(one)).toEqual(["1", "2", "4", "5"]);
    expect(one.wrapper.find('[data-test="new"]').exists()).toBe(false);
  });

  it("finds new events that hold the words", async () => {
    const one = await open(
      { sessions: [session], stored: stored() },
      "/?session=ses_1&scope=all&text=needle",
    );
    expect(one.text()).toContain("No event matches");
    await one.emit(anEvent({ id: 4, payload: { message: "hay" } }));
    await one.emit(anEvent({ id: 5, payload: { message: "a needle" } }));
    expect(shown(one)).toEqual(["5"]);
  });

  it("opens an event to its readable and its raw form", async () => {
    const one = await open({ sessions: [session], stored: stored() }, "/?session=ses_1");
    await one.wrapper.get('[data-event="1"] button').trigger("click");
    const row = one.wrapper.get('[data-event="1"]');
    expect(row.get('[aria-label="Prompt"]').text()).toBe("make hello.py");
    expect(JSON.parse(row.get('[aria-label="Raw JSON"]').text())).toMatchObject({
      id: 1,
      payload: { prompt: "make hello.py" },
    });
  });

  it("shows an event that comes live, and one that is answered anew", async () => {
    const one = await open({ sessions: [session], stored: stored() }, "/?session=ses_1");
    await one.emit(anEvent({ id: 9, payload: { message: "a fresh one" } }));
    expect(one.text()).toContain("a fresh one");
    one.socket().say({ type: "updated", data: anEvent({ id: 9, payload: { message: "answered since" } }) });
    await settle();
    expect(one.text()).not.toContain("a fresh one");
    expect(one.text()).toContain("answered since");
  });
});

describe("keys", () => {
  const strike = async (key: string) => {
    window.dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true }));
    await settle();
  };

  it("lead to views, pause the timeline, and are shown by a question mark", async () => {
    const one = await open({ sessions: [session], stored: eventsBetween(1, 2) });
    await strike("g");
    await strike("t");
    expect(window.location.search).toContain("view=timeline");
    await strike("f");
    expect(one.wrapper.findAll("button").some((button) => button.text() === "Follow")).toBe(true);
    await strike("?");
    expect(one.wrapper.get("dialog").text()).toContain("Show these keys");
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
    const one = await open(
      {
        sessions: [aSession({ last_prompt: bomb, directory: bomb, model_name: bomb, source_app: bomb })],
        plans: { ses_1: [plan] },
        asks: [
          anAsk({ title: bomb, command: bomb, agent: bomb, permission: bomb, patterns: [bomb], diff: bomb }),
        ],
        stored: [
          anEvent({
            id: 1,
            hook_event_type: bomb,
            source_app: bomb,
            payload: { message: bomb, [bomb]: bomb },
          }),
        ],
      },
      "/?session=ses_1",
    );
    await one.wrapper.get('[data-event="1"] button').trigger("click");
    expect(one.wrapper.findAll("img, script")).toHaveLength(0);
    expect((globalThis as { hurt?: number }).hurt).toBeUndefined();
    for (const place of [
      '[data-test="claim"]',
      '[data-test="evidence"]',
      '[data-test="wait"]',
      "[data-session]",
      "[data-ask]",
      '[data-event="1"]',
    ]) {
      expect(one.wrapper.get(place).text()).toContain("<script>");
    }
  });
});

/** What the address of the page keeps, so that it can be reloaded, shared and gone back to. */
import { HISTORY_ROWS } from "../api/figures";
import type { HistoryBy } from "../generated/types";
import type { EventFilter } from "../timeline/filter";

export const VIEWS = ["now", "session", "task", "timeline", "search", "history", "health"] as const;
/** What the page is about. */
export type View = (typeof VIEWS)[number];

export const PANES = ["sessions", "main", "timeline"] as const;
/** The pane in front where a session's view has no room for all. */
export type Pane = (typeof PANES)[number];

const TABS = ["plan", "agents", "usage", "replay"] as const;
/** What of a session is shown. */
export type Tab = (typeof TABS)[number];

export const LAYOUTS = ["list", "board", "graph"] as const;
/** How a plan is laid out. */
export type Layout = (typeof LAYOUTS)[number];

export const SCOPES = ["subtree", "session", "all"] as const;
/** Whose events the timeline shows: the session's and its children's, its own, or everybody's. */
export type Scope = (typeof SCOPES)[number];

export interface PageQuery {
  view: View;
  pane: Pane;
  tab: Tab;
  layout: Layout;
  /** The chosen session. */
  session: string | undefined;
  /** The chosen plan, where it is not the session's newest. */
  plan: string | undefined;
  /** The chosen task of that plan. */
  task: string | undefined;
  scope: Scope;
  /** Words that an event must hold. */
  text: string;
  /** What is shown of events; all when empty. */
  sources: string[];
  types: string[];
  tools: string[];
  tasks: string[];
  /** Milliseconds since 1970. */
  from: number | undefined;
  to: number | undefined;
  /** An event to begin the timeline at. */
  event: number | undefined;
  /** The time that is looked back at, in milliseconds since 1970. */
  at: number | undefined;
  by: HistoryBy;
  /** The project whose sessions are listed. */
  directory: string | undefined;
}

export function readQuery(search: string): PageQuery {
  const params = new URLSearchParams(search);
  const text = (name: string) => params.get(name) || undefined;
  const session = text("session");
  return {
    view: oneOf(VIEWS, params.get("view")) ?? (session ? "session" : "now"),
    pane: oneOf(PANES, params.get("pane")) ?? "main",
    tab: oneOf(TABS, params.get("tab")) ?? "plan",
    layout: oneOf(LAYOUTS, params.get("layout")) ?? "list",
    session,
    plan: text("plan"),
    task: text("task"),
    scope: oneOf(SCOPES, params.get("scope")) ?? "subtree",
    text: params.get("text") ?? "",
    sources: params.getAll("source"),
    types: params.getAll("type"),
    tools: params.getAll("tool"),
    tasks: params.getAll("of"),
    from: wholeNumber(params.get("from")),
    to: wholeNumber(params.get("to")),
    event: wholeNumber(params.get("event")),
    at: wholeNumber(params.get("at")),
    by: oneOf(HISTORY_ROWS, params.get("by")) ?? "day",
    directory: text("directory"),
  };
}

/** Writes only what differs from the default, so that a plain page has a plain address. */
export function writeQuery(query: PageQuery): string {
  const params = new URLSearchParams();
  if (query.view !== (query.session ? "session" : "now")) params.set("view", query.view);
  if (query.session) params.set("session", query.session);
  if (query.plan) params.set("plan", query.plan);
  if (query.task) params.set("task", query.task);
  if (query.pane !== "main") params.set("pane", query.pane);
  if (query.tab !== "plan") params.set("tab", query.tab);
  if (query.layout !== "list") params.set("layout", query.layout);
  if (query.scope !== "subtree") params.set("scope", query.scope);
  if (query.text) params.set("text", query.text);
  const lists = { source: query.sources, type: query.types, tool: query.tools, of: query.tasks };
  for (const [name, values] of Object.entries(lists)) for (const value of values) params.append(name, value);
  for (const name of ["from", "to", "event", "at"] as const) {
    const value = query[name];
    if (value !== undefined) params.set(name, String(value));
  }
  if (query.by !== "day") params.set("by", query.by);
  if (query.directory) params.set("directory", query.directory);
  const text = params.toString();
  return text && `?${text}`;
}

/** What the timeline shows, as the address says it. */
export function filterOf(query: PageQuery): EventFilter {
  const { session, scope, sources, types, tools, tasks, from, to, text } = query;
  return {
    session: scope === "session" ? session : undefined,
    subtree: scope === "subtree" ? session : undefined,
    sources,
    types,
    tools,
    tasks,
    from,
    to,
    text,
  };
}

/** A timeline that nothing narrows but whose events it shows. */
export const UNFILTERED = {
  text: "",
  sources: [],
  types: [],
  tools: [],
  tasks: [],
  from: undefined,
  to: undefined,
  event: undefined,
} satisfies Partial<PageQuery>;

function oneOf<T extends string>(all: readonly T[], value: string | null): T | undefined {
  return all.find((one) => one === value);
}

function wholeNumber(value: string | null): number | undefined {
  if (!value || !/^\d{1,16}$/.test(value)) return undefined;
  return Number(value);
}

/** What the address of the page keeps, so that it can be reloaded, shared and gone back to. */

export const VIEWS = ["sessions", "plan", "timeline"] as const;

/** The pane in front where there is no room for all. */
export type View = (typeof VIEWS)[number];

/** Whose events the timeline shows. */
export type Scope = "session" | "all";

export interface PageQuery {
  /** The chosen session. */
  session: string | undefined;
  view: View;
  scope: Scope;
  /** Words that an event must hold. */
  text: string;
  /** Sources that are shown; all when empty. */
  sources: string[];
  /** Event types that are shown; all when empty. */
  types: string[];
}

export function readQuery(search: string): PageQuery {
  const params = new URLSearchParams(search);
  return {
    session: params.get("session") || undefined,
    view: VIEWS.find((view) => view === params.get("view")) ?? "plan",
    scope: params.get("scope") === "all" ? "all" : "session",
    text: params.get("text") ?? "",
    sources: params.getAll("source"),
    types: params.getAll("type"),
  };
}

/** Writes only what differs from the default, so that a plain page has a plain address. */
export function writeQuery(query: PageQuery): string {
  const params = new URLSearchParams();
  if (query.session) params.set("session", query.session);
  if (query.view !== "plan") params.set("view", query.view);
  if (query.scope !== "session") params.set("scope", query.scope);
  if (query.text) params.set("text", query.text);
  for (const source of query.sources) params.append("source", source);
  for (const type of query.types) params.append("type", type);
  const text = params.toString();
  return text && `?${text}`;
}

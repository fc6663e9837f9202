/** Every view of the dashboard, for tests and pictures that look at each. */

/** The addresses of the views on a busy day, and what is there once they are ready. */
export function viewsOf(day) {
  const session = { session: day.open };
  const worked = { session: day.runSession, plan: day.runPlan };
  return [
    { name: "now", query: {}, ready: "article[data-session]" },
    { name: "session-list", query: worked, ready: "[data-task]" },
    { name: "session-board", query: { ...worked, layout: "board" }, ready: "[data-column]" },
    {
      name: "session-graph",
      query: { ...worked, layout: "graph" },
      ready: '[aria-label="Graph of dependencies"] [data-task]',
    },
    { name: "session-agents", query: { ...session, tab: "agents" }, ready: "[data-agent]" },
    { name: "session-usage", query: { ...session, tab: "usage" }, ready: '[aria-label="By model"]' },
    { name: "session-replay", query: { ...session, tab: "replay" }, ready: "[data-task-at]" },
    {
      name: "task",
      query: { view: "task", plan: day.runPlan, task: "T2", session: day.runSession },
      ready: "[data-attempt]",
    },
    { name: "timeline", query: { view: "timeline" }, ready: "[data-event]" },
    { name: "search", query: { view: "search", text: "discount" }, ready: "mark" },
    { name: "history", query: { view: "history" }, ready: "[data-row]" },
    { name: "health", query: { view: "health" }, ready: '[data-group="Store"]' },
  ];
}

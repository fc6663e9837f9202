//! The routes, and what their addresses may ask.

/// One route: method, path, what it does, and the names of the forms that it takes and gives.
pub(super) type Route =
    (&'static str, &'static str, &'static str, Option<&'static str>, Option<&'static str>);

/// What needs the token.
pub(super) const ACTING: &[Route] = &[
    ("post", "/v1/events", "Stores a producer's batch of events, acknowledged after the commit", None, None),
    (
        "post",
        "/v1/events/import",
        "Stores `events` that were exported, each once; they are no evidence of anything",
        None,
        None,
    ),
    (
        "post",
        "/events/{id}/respond",
        "Answers an event's question: notes the answer, and brings it to whoever asked",
        None,
        Some("StoredEvent"),
    ),
    ("post", "/v1/plans", "Asks for a plan, which comes on the link", None, None),
    ("post", "/v1/plans/preview", "What the planner's model would be asked", None, None),
    ("post", "/v1/plans/{plan_id}/cancel", "Gives a plan up that is in the making", None, None),
    ("post", "/v1/runs", "Lets workers carry a plan out", Some("RunRequest"), Some("Run")),
    (
        "put",
        "/v1/plans/{plan_id}",
        "Changes a plan that nobody has begun: other tasks, or another order of them",
        Some("PlanEdit"),
        Some("Plan"),
    ),
    (
        "post",
        "/v1/runs/{run_id}/budget",
        "Gives a run another budget, in force at once",
        Some("BudgetChange"),
        Some("Run"),
    ),
    ("post", "/v1/runs/{run_id}/{action}", "cancel, pause, resume or retry", None, Some("Run")),
    (
        "post",
        "/v1/tasks/{plan_id}/{task_id}/{action}",
        "cancel, retry, confirm or undo",
        None,
        Some("TaskView"),
    ),
    (
        "post",
        "/v1/asks/{ask_id}/answer",
        "Answers what an agent asks for: allows it once or always, refuses it, or answers its questions",
        Some("AskReply"),
        Some("Ask"),
    ),
    ("get", "/v1/token", "Whether the token is right: 204, else 401", None, None),
    ("get", "/v1/link", "Plans, task states and runs as server-sent events", None, None),
    ("post", "/v1/link/answers", "What OpenCode said to a call", None, None),
    ("get", "/v1/tools", "The tools of workers, with the schemas of their arguments", None, None),
    ("post", "/v1/tools/{name}", "Calls a tool in a workspace", None, None),
];

/// What any program on this machine may read, and the known form of events.
pub(super) const OPEN: &[Route] = &[
    ("post", "/events", "Stores one event of the known form", None, Some("StoredEvent")),
    ("get", "/events/recent", "The newest events", None, None),
    ("get", "/events/filter-options", "What events can be filtered by", None, None),
    ("get", "/stream", "WebSocket of the known form", None, None),
    ("get", "/health", "Who answers here", None, None),
    ("get", "/v1/health", "How the daemon is", None, None),
    ("get", "/v1/openapi.json", "This description", None, None),
    ("get", "/v1/events", "A page of the events that a filter wants", None, Some("EventPage")),
    (
        "get",
        "/v1/stream",
        "Events as they are stored, from an event on: a WebSocket for who asks for one, else server-sent events",
        None,
        Some("ReaderFrame"),
    ),
    ("get", "/v1/stats", "How much of what is stored", None, Some("Stats")),
    (
        "get",
        "/v1/activity",
        "How many events of each type there were, span by span; of very many, in whole hours",
        None,
        Some("Activity"),
    ),
    ("get", "/v1/history", "Days, weeks or projects, looked back at", None, Some("History")),
    ("get", "/v1/sessions", "The sessions, the one with the newest event first", None, Some("SessionPage")),
    (
        "get",
        "/v1/sessions/{session_id}",
        "A session with its descendants, plans, newest run, spans and usage",
        None,
        Some("SessionView"),
    ),
    ("get", "/v1/sessions/{session_id}/at", "A session as it stood at a time", None, Some("SessionAt")),
    (
        "get",
        "/v1/sessions/{session_id}/export",
        "A session with its descendants as a file: lines of JSON, or one page without a script",
        None,
        None,
    ),
    ("get", "/v1/sessions/{session_id}/plans", "A session's plans, the newest first", None, None),
    (
        "get",
        "/v1/sessions/{session_id}/run",
        "Where a session's newest run stands",
        None,
        Some("RunProgress"),
    ),
    (
        "get",
        "/v1/sessions/{session_id}/run/progress",
        "The same as server-sent events, until it is over",
        None,
        Some("RunProgress"),
    ),
    ("get", "/v1/plans/{plan_id}", "One plan", None, Some("Plan")),
    ("get", "/v1/runs", "The runs, the newest first", None, None),
    ("get", "/v1/runs/{run_id}", "One run with its tasks, claims beside evidence", None, Some("RunView")),
    (
        "get",
        "/v1/runs/{run_id}/progress",
        "Where a run stands, as server-sent events, until it is over",
        None,
        Some("RunProgress"),
    ),
    (
        "get",
        "/v1/asks",
        "What agents ask for: those that wait first, the oldest of them first; then the others, the newest first",
        None,
        Some("AskList"),
    ),
    ("get", "/v1/tasks", "The tasks of the plan `plan_id`", None, None),
    (
        "get",
        "/v1/tasks/{plan_id}/{task_id}",
        "A task with its attempts, leases, files and tool calls; with the token, the files' diffs too",
        None,
        Some("TaskPage"),
    ),
];

/// A field of a query: its name, its type, where `texts` may stand there several times, and what it says.
type Field = (&'static str, &'static str, &'static str);

const EVENTS: &[Field] = &[
    ("session", "texts", "Sessions"),
    ("subtree", "string", "A session with all its descendants"),
    ("source", "texts", "The programs that speak"),
    ("type", "texts", "hook_event_type"),
    ("tool", "texts", "Tools"),
    ("task", "texts", "Tasks, by task_id"),
    ("from", "integer", "Not before, in milliseconds since 1970"),
    ("to", "integer", "Not after, in milliseconds since 1970"),
    ("text", "string", "Words that all occur; \"several words\" stand together, word* is a beginning"),
    ("before", "integer", "Only events with a smaller id"),
    ("after", "integer", "Only events with a larger id"),
    ("order", "string", "newest or oldest first; oldest when only after is given"),
    ("limit", "integer", "1 to 1000, 100 when not given"),
];

const ACTIVITY: &[Field] = &[
    ("session", "texts", "Sessions"),
    ("subtree", "string", "A session with all its descendants"),
    ("source", "texts", "The programs that speak"),
    ("type", "texts", "hook_event_type"),
    ("tool", "texts", "Tools"),
    ("task", "texts", "Tasks, by task_id"),
    ("from", "integer", "Milliseconds since 1970; an hour before `to` when not given"),
    ("to", "integer", "Milliseconds since 1970; now, when not given"),
    ("buckets", "integer", "Spans, 1 to 240; 60 when not given"),
];

const HISTORY: &[Field] = &[
    ("by", "string", "day, week or project; day when not given"),
    ("from", "integer", "Not before, in milliseconds since 1970"),
    ("to", "integer", "Not after, in milliseconds since 1970"),
    ("offset_minutes", "integer", "Minutes by which the reader's clock is ahead of UTC, -840 to 840"),
];

const STREAM: &[Field] = &[
    ("session", "texts", "Sessions"),
    ("subtree", "string", "A session with all its descendants"),
    ("source", "texts", "The programs that speak"),
    ("type", "texts", "hook_event_type"),
    ("tool", "texts", "Tools"),
    ("task", "texts", "Tasks, by task_id"),
    ("from", "integer", "Not before, in milliseconds since 1970"),
    ("to", "integer", "Not after, in milliseconds since 1970"),
    ("after", "integer", "Begin after this event; Last-Event-ID says the same. Without, begin now"),
];

const SESSIONS: &[Field] = &[
    ("state", "string", "active, idle or ended"),
    ("source", "string", "The program that first spoke of them"),
    ("directory", "string", "Their workspace"),
    ("agent", "string", "Their agent"),
    ("model", "string", "The model last seen in them"),
    ("parent", "string", "The session that they are children of"),
    ("roots", "boolean", "Only those without a parent"),
    ("text", "string", "A part of their title or last prompt"),
    ("before", "integer", "The `next` of the page before"),
    ("limit", "integer", "1 to 500, 500 when not given"),
];

/// What addresses may ask in their queries.
pub(super) const QUERIES: &[(&str, &[Field])] = &[
    ("/events/recent", &[("limit", "integer", "1 to 1000, 300 when not given")]),
    ("/v1/events", EVENTS),
    ("/v1/stream", STREAM),
    ("/v1/activity", ACTIVITY),
    ("/v1/history", HISTORY),
    ("/v1/sessions", SESSIONS),
    (
        "/v1/asks",
        &[
            ("state", "string", "waiting, settled or all; waiting when not given"),
            ("session", "string", "The session that asks, or the root session of it"),
            ("limit", "integer", "1 to 1000, 200 when not given"),
        ],
    ),
    ("/v1/sessions/{session_id}/export", &[("format", "string", "jsonl or html; jsonl when not given")]),
    ("/v1/sessions/{session_id}/at", &[("time", "integer", "Milliseconds since 1970; now, when not given")]),
];

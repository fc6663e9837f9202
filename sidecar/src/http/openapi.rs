//! The API, described as OpenAPI 3.1 at `/v1/openapi.json`: every route, and the forms of plans and runs.

use axum::Json;
use rozet_observability::plan::Plan;
use rozet_observability::run::{Run, RunProgress, RunRequest, RunView, TaskView};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// One route: method, path, what it does, and the names of the forms that it takes and gives.
type Route = (&'static str, &'static str, &'static str, Option<&'static str>, Option<&'static str>);

/// What needs the token.
const ACTING: &[Route] = &[
    ("post", "/v1/events", "Stores a producer's batch of events, acknowledged after the commit", None, None),
    ("post", "/v1/plans", "Asks for a plan, which comes on the link", None, None),
    ("post", "/v1/plans/preview", "What the planner's model would be asked", None, None),
    ("post", "/v1/plans/{plan_id}/cancel", "Gives a plan up that is in the making", None, None),
    ("post", "/v1/runs", "Lets workers carry a plan out", Some("RunRequest"), Some("Run")),
    ("post", "/v1/runs/{run_id}/{action}", "cancel, pause, resume or retry", None, Some("Run")),
    (
        "post",
        "/v1/tasks/{plan_id}/{task_id}/{action}",
        "cancel, retry, confirm or undo",
        None,
        Some("TaskView"),
    ),
    ("get", "/v1/link", "Plans, task states and runs as server-sent events", None, None),
    ("post", "/v1/link/answers", "What OpenCode said to a call", None, None),
    ("get", "/v1/tools", "The tools of workers, with the schemas of their arguments", None, None),
    ("post", "/v1/tools/{name}", "Calls a tool in a workspace", None, None),
];

/// What any program on this machine may read, and the known form of events.
const OPEN: &[Route] = &[
    ("post", "/events", "Stores one event of the known form", None, None),
    ("get", "/events/recent", "The newest events", None, None),
    ("get", "/events/filter-options", "What events can be filtered by", None, None),
    ("get", "/stream", "WebSocket of the known form", None, None),
    ("get", "/health", "Who answers here", None, None),
    ("get", "/v1/health", "How the daemon is", None, None),
    ("get", "/v1/openapi.json", "This description", None, None),
    ("get", "/v1/sessions", "The sessions, the newest first", None, None),
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
    ("get", "/v1/tasks", "The tasks of the plan `plan_id`", None, None),
];

/// `GET /v1/openapi.json`.
pub(super) async fn describe() -> Json<Value> {
    Json(document())
}

fn document() -> Value {
    let mut paths = Map::new();
    for (routes, acts) in [(ACTING, true), (OPEN, false)] {
        for route in routes {
            let methods = paths.entry(route.1).or_insert_with(|| json!({}));
            if let Some(methods) = methods.as_object_mut() {
                methods.insert(route.0.to_owned(), operation(route, acts));
            }
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": "rozet-sidecar", "version": env!("CARGO_PKG_VERSION")},
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    })
}

fn operation((_, path, summary, asks, answers): &Route, acts: bool) -> Value {
    let names = path.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name);
    let parameters: Vec<Value> = names
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
        .collect();
    let body = |name: &str| {
        let schema = json!({"$ref": format!("#/components/schemas/{name}")});
        // A stream sends one such form in each event.
        let kind = if path.ends_with("/progress") { "text/event-stream" } else { "application/json" };
        json!({kind: {"schema": schema}})
    };
    let mut answer = json!({"description": summary});
    if let (Some(name), Some(answer)) = (answers, answer.as_object_mut()) {
        answer.insert("content".into(), body(name));
    }
    let mut operation = json!({
        "summary": summary,
        "parameters": parameters,
        "responses": {"2XX": answer, "default": {"description": "An error: {\"error\": {\"code\", \"message\"}}"}},
    });
    if let Some(fields) = operation.as_object_mut() {
        if let Some(name) = asks {
            fields.insert("requestBody".into(), json!({"required": true, "content": body(name)}));
        }
        if acts {
            fields.insert("security".into(), json!([{"token": []}]));
        }
    }
    operation
}

fn schemas() -> Map<String, Value> {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
    });
    let mut generator: SchemaGenerator = settings.into_generator();
    generator.subschema_for::<Plan>();
    generator.subschema_for::<Run>();
    generator.subschema_for::<RunProgress>();
    generator.subschema_for::<RunRequest>();
    generator.subschema_for::<RunView>();
    generator.subschema_for::<TaskView>();
    generator.take_definitions(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_described_and_every_form_is_there() {
        let document = document();
        let described = document["paths"].as_object().unwrap();
        let routed: Vec<&str> = include_str!("mod.rs")
            .split(".route(\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        assert!(routed.len() > 20);
        for path in &routed {
            assert!(described.contains_key(*path), "{path} is not described");
        }
        for path in described.keys() {
            assert!(routed.contains(&path.as_str()), "{path} is described and not there");
        }
        let text = document.to_string();
        for (at, _) in text.match_indices("#/components/schemas/") {
            let name = text[at + 21..].split('"').next().unwrap();
            assert!(!document["components"]["schemas"][name].is_null(), "{name} has no schema");
        }
        assert_eq!(document["paths"]["/v1/runs"]["post"]["security"], json!([{"token": []}]));
        assert!(document["paths"]["/v1/runs"]["get"]["security"].is_null());
    }
}

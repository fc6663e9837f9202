//! The API, described as OpenAPI 3.1 at `/v1/openapi.json`: every route, and the forms of plans and runs.

mod routes;

use axum::Json;
use routes::{ACTING, OPEN, QUERIES, Route};
use rozet_observability::ask::{Ask, AskList, AskReply};
use rozet_observability::event::StoredEvent;
use rozet_observability::plan::Plan;
use rozet_observability::reading::{
    Activity, EventPage, History, ReaderFrame, SessionAt, SessionPage, SessionView, Stats, TaskPage,
};
use rozet_observability::run::{BudgetChange, PlanEdit, Run, RunProgress, RunRequest, RunView, TaskView};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

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
    let in_path =
        names.map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}));
    let in_query = QUERIES.iter().filter(|(of, ..)| of == path).flat_map(|(_, fields)| *fields).map(
        |(name, kind, about)| {
            let schema = match *kind {
                "texts" => json!({"type": "array", "items": {"type": "string"}}),
                kind => json!({"type": kind}),
            };
            json!({"name": name, "in": "query", "description": about, "schema": schema})
        },
    );
    let parameters: Vec<Value> = in_path.chain(in_query).collect();
    let body = |name: &str| {
        let schema = json!({"$ref": format!("#/components/schemas/{name}")});
        // A stream sends one such form in each event.
        let kind = if path.ends_with("/progress") || path.ends_with("/v1/stream") {
            "text/event-stream"
        } else {
            "application/json"
        };
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
    generator.subschema_for::<Ask>();
    generator.subschema_for::<AskList>();
    generator.subschema_for::<AskReply>();
    generator.subschema_for::<StoredEvent>();
    generator.subschema_for::<Activity>();
    generator.subschema_for::<History>();
    generator.subschema_for::<EventPage>();
    generator.subschema_for::<ReaderFrame>();
    generator.subschema_for::<SessionAt>();
    generator.subschema_for::<SessionPage>();
    generator.subschema_for::<SessionView>();
    generator.subschema_for::<Stats>();
    generator.subschema_for::<Plan>();
    generator.subschema_for::<PlanEdit>();
    generator.subschema_for::<BudgetChange>();
    generator.subschema_for::<Run>();
    generator.subschema_for::<RunProgress>();
    generator.subschema_for::<RunRequest>();
    generator.subschema_for::<RunView>();
    generator.subschema_for::<TaskView>();
    generator.subschema_for::<TaskPage>();
    generator.take_definitions(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_described_and_every_form_is_there() {
        let document = document();
        let described = document["paths"].as_object().unwrap();
        let routed: Vec<&str> = include_str!("../mod.rs")
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
        for (path, _) in QUERIES {
            assert!(routed.contains(path), "{path} is not there");
        }
        let filters = document["paths"]["/v1/events"]["get"]["parameters"].as_array().unwrap();
        assert!(filters.iter().any(|field| field["name"] == "subtree" && field["in"] == "query"));
        assert_eq!(document["paths"]["/v1/runs"]["post"]["security"], json!([{"token": []}]));
        assert!(document["paths"]["/v1/runs"]["get"]["security"].is_null());
    }
}

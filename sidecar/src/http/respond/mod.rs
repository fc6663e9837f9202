//! `POST /events/{id}/respond`: a person's answer to an event that asked for one. It is brought to whoever asked, noted
//! with the event, and shown to every reader of the live streams.

mod delivery;

use super::Shared;
use super::acts::By;
use super::error::ApiError;
use super::events::json;
use crate::clock::now_ms;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Path, State};
use delivery::Destination;
use rozet_observability::event::{Event, StoredEvent};
use rozet_observability::store::RespondError;
use serde_json::{Map, Value, json};

/// `POST /events/{id}/respond`. The answer is the event with its new `humanInTheLoopStatus`: `responded`, or `error` when
/// nobody took the answer; then it can be given again.
pub(super) async fn answer(
    State(state): Shared,
    by: By,
    id: Result<Path<i64>, PathRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<StoredEvent>, ApiError> {
    let Path(id) = id.map_err(|_| ApiError::field("id", "expected the id of an event, a whole number"))?;
    let mut answer = sound(json(body)?)?;
    let asked = state.intake.store().event(id).await?.ok_or(ApiError::NotFound("event"))?;
    let destination = destination(&asked.event)?;
    let now = now_ms();
    answer.insert("respondedAt".into(), json!(now));
    let mut status =
        Map::from_iter([("status".to_owned(), json!("responded")), ("respondedAt".to_owned(), json!(now))]);
    if let Some(destination) = destination
        && let Err(why) = destination.deliver(&Value::Object(answer.clone()).to_string()).await
    {
        status.insert("status".into(), json!("error"));
        status.insert("error".into(), json!(why));
    }
    let outcome = if status.contains_key("error") { "did not arrive" } else { "was given" };
    let about =
        json!({"event_id": asked.event.event_id, "message": format!("the answer to an event {outcome}")});
    // The event is what it is noted with.
    answer.remove("hookEvent");
    status.insert("response".into(), Value::Object(answer));
    let noted = state.intake.note_answer(id, status, now).await;
    let event = noted.map_err(|error| match error {
        RespondError::Missing => ApiError::NotFound("event"),
        RespondError::NotAsked => not_asked(),
        RespondError::Store(error) => ApiError::Store(error),
    })?;
    state.acted(asked.event.session_id, "respond", by, about).await;
    Ok(Json((*event).clone()))
}

fn not_asked() -> ApiError {
    ApiError::Conflict("this event asks for no answer".into())
}

/// Whom the event wants to have the answer; none when it is enough to note it.
fn destination(event: &Event) -> Result<Option<Destination>, ApiError> {
    if !event.asks() {
        return Err(not_asked());
    }
    match event.extra.get("humanInTheLoop").and_then(|asked| asked.get("responseWebSocketUrl")) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(url)) => Destination::parse(url).map(Some).map_err(ApiError::Forbidden),
        Some(_) => Err(ApiError::Forbidden("the event's responseWebSocketUrl is not text")),
    }
}

fn sound(body: Value) -> Result<Map<String, Value>, ApiError> {
    let Value::Object(answer) = body else {
        return Err(ApiError::BadRequest { field: None, message: "expected a JSON object".into() });
    };
    let mut is_answered = false;
    for (field, is_right, what) in [
        ("response", Value::is_string as fn(&Value) -> bool, "text"),
        ("permission", Value::is_boolean, "true or false"),
        ("choice", Value::is_string, "text"),
    ] {
        match answer.get(field) {
            None | Some(Value::Null) => {}
            Some(value) if is_right(value) => is_answered = true,
            Some(_) => return Err(ApiError::field(field, format!("expected {what}"))),
        }
    }
    if is_answered {
        Ok(answer)
    } else {
        Err(ApiError::field("response", "expected one of response, permission and choice"))
    }
}

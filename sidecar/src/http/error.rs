//! One error type for the API: the variant owns the status and the code, and internal text stays inside.

use crate::runs::{DraftFault, EditError, RunError};
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rozet_observability::event::FieldError;
use rozet_observability::store::StoreError;
use serde_json::json;
use thiserror::Error;

/// What a caller is told.
#[derive(Debug, Error)]
pub(super) enum ApiError {
    #[error("{message}")]
    BadRequest { field: Option<String>, message: String },
    #[error("the body is larger than 8 MiB: send less at a time")]
    TooLarge,
    #[error(
        "this needs the header `Authorization: Bearer <token>` with the token that the sidecar keeps in its state folder"
    )]
    Unauthorized,
    #[error("{0}")]
    Forbidden(&'static str),
    #[error("there is nothing at this address: see /v1/health")]
    NoSuchAddress,
    #[error("this address does not take that method")]
    Method,
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// A plan that makes no sense.
    #[error("{0}")]
    Unsound(DraftFault),
    /// It makes sense, but not as things stand.
    #[error("{0}")]
    Conflict(String),
    /// OpenCode could not be told.
    #[error("{0}")]
    OpenCode(String),
    #[error("too much is under way: try again in a moment")]
    Busy,
    #[error("the event store cannot do this now: {}", advice(.0))]
    Store(#[source] StoreError),
}

impl ApiError {
    pub(super) fn field(field: &str, message: impl Into<String>) -> Self {
        Self::BadRequest { field: Some(field.to_owned()), message: message.into() }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest { .. } => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NoSuchAddress | Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unsound(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::OpenCode(_) => StatusCode::BAD_GATEWAY,
            Self::Busy | Self::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    const fn code(&self) -> &'static str {
        match self {
            Self::BadRequest { .. } => "bad_request",
            Self::TooLarge => "too_large",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden(_) => "forbidden",
            Self::NoSuchAddress | Self::NotFound(_) => "not_found",
            Self::Method => "method_not_allowed",
            Self::Unsound(_) => "unsound_plan",
            Self::Conflict(_) => "conflict",
            Self::OpenCode(_) => "opencode_unreachable",
            Self::Busy => "busy",
            Self::Store(_) => "store_unavailable",
        }
    }
}

/// What to do about it.
const fn advice(error: &StoreError) -> &'static str {
    match error {
        StoreError::Full => {
            "the disk is full: make room, it goes on by itself (see `retention_days` and `max_bytes`)"
        }
        StoreError::Locked => "another program has locked the database: close it, or try again in a moment",
        StoreError::Corrupt => {
            "the database is damaged: `rozet-sidecar restart` sets it aside and saves what can be read"
        }
        _ => "try again in a moment, and see `rozet-sidecar logs`",
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<RunError> for ApiError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::NotFound(what) => Self::NotFound(what),
            RunError::Bad(message) => Self::BadRequest { field: None, message },
            RunError::Refused(message) => Self::Conflict(message),
            RunError::Store(error) => Self::Store(error),
        }
    }
}

impl From<EditError> for ApiError {
    fn from(error: EditError) -> Self {
        match error {
            EditError::Unsound(fault) => Self::Unsound(fault),
            EditError::Run(error) => error.into(),
        }
    }
}

impl From<FieldError> for ApiError {
    fn from(error: FieldError) -> Self {
        Self::field(error.field, error.message)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if let Self::Store(error) = &self {
            tracing::error!(%error, "a request failed in the store");
        }
        let mut body = json!({"code": self.code(), "message": self.to_string()});
        if let (Self::BadRequest { field: Some(field), .. }, Some(object)) = (&self, body.as_object_mut()) {
            object.insert("field".into(), json!(field));
        }
        if let (Self::Unsound(fault), Some(object)) = (&self, body.as_object_mut()) {
            object.insert("field".into(), json!(fault.field));
            if let Some(task) = &fault.task {
                object.insert("task".into(), json!(task));
            }
        }
        let status = self.status();
        let mut response = (status, Json(json!({"error": body}))).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

pub(super) async fn method_not_allowed() -> ApiError {
    ApiError::Method
}

//! The dashboard's files, built into the binary.

use super::error::ApiError;
use axum::body::Body;
use axum::http::{Method, Request, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../observability/dashboard/dist"]
#[allow_missing = true]
struct Files;

/// Names with a hash in them never change their content.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Serves a file, or the page itself for addresses that a person navigates to.
pub(super) async fn serve(request: Request<Body>) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return ApiError::NoSuchAddress.into_response();
    }
    let path = request.uri().path().trim_start_matches('/');
    if let Some(file) = Files::get(path).filter(|_| !path.is_empty()) {
        return answer(path, file);
    }
    let navigation = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    let is_api = ["v1", "events", "assets"].iter().any(|reserved| path.split('/').next() == Some(reserved));
    if (path.is_empty() || navigation) && !is_api {
        return match Files::get("index.html") {
            Some(page) => answer("index.html", page),
            None => {
                "This rozet-sidecar was built without the dashboard: build it with `cargo xtask build`.\n"
                    .into_response()
            }
        };
    }
    ApiError::NoSuchAddress.into_response()
}

fn answer(path: &str, file: EmbeddedFile) -> Response {
    let kind = match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("json" | "webmanifest") => "application/json",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    };
    let cache = if path.starts_with("assets/") { FOR_EVER } else { "no-cache" };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache)], file.data).into_response()
}

//! Who may ask: programs on this machine that reached us as this machine, our own pages, and, for acting,
//! whoever can read the token file.

use super::error::ApiError;
use super::{AppState, Shared};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// Only our own scripts, styles and data; nothing from elsewhere, and nothing may frame the page.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types vue";

/// The origins of the pages that we serve ourselves.
pub(super) fn own_origins(urls: &[&str]) -> Vec<String> {
    let ports = urls.iter().filter_map(|url| url.rsplit_once(':')).map(|(_, port)| port);
    ports.flat_map(|port| ["127.0.0.1", "localhost"].map(|host| format!("http://{host}:{port}"))).collect()
}

/// What every request goes through, in one layer: each one more would be a box and a copy of the routes for each event.
pub(super) async fn every(State(state): Shared, request: Request, next: Next) -> Response {
    if let Some(why) = refusal(request.headers(), request.uri().host(), &state.origins) {
        return ApiError::Forbidden(why).into_response();
    }
    let origin = request.headers().get(header::ORIGIN).cloned();
    let is_preflight = origin.is_some() && asks_first(&request);
    let mut response = if is_preflight {
        preflight()
    } else if is_too_large(request.headers()) {
        ApiError::TooLarge.into_response()
    } else {
        next.run(request).await
    };
    add_headers(response.headers_mut());
    if let Some(origin) = origin {
        // Our own pages may read the answer, also where the other of the two ports, or the other name of this machine,
        // served the page. Foreign pages were refused before.
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        response.headers_mut().append(header::VARY, HeaderValue::from_static("Origin"));
    }
    response
}

fn refusal(headers: &HeaderMap, uri_host: Option<&str>, origins: &[String]) -> Option<&'static str> {
    let hosts: Vec<&HeaderValue> = headers.get_all(header::HOST).iter().collect();
    let host = match hosts.as_slice() {
        [host] => host.to_str().ok(),
        [] => uri_host,
        _ => None,
    };
    if !host.is_some_and(is_loopback) {
        return Some("the Host of a request must be this machine: use http://127.0.0.1 or http://localhost");
    }
    let foreign = headers
        .get_all(header::ORIGIN)
        .iter()
        .any(|origin| !origin.to_str().is_ok_and(|origin| origins.iter().any(|own| own == origin)));
    foreign.then_some("only the sidecar's own pages may ask from a browser")
}

fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((name, port)) if port.is_empty() || port.starts_with(':') => name,
            _ => return false,
        },
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

/// Whether a body is announced as too large: none of it is read then.
fn is_too_large(headers: &HeaderMap) -> bool {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    announced
        .is_some_and(|length| length.parse().is_ok_and(|bytes: u64| bytes > super::MAX_BODY_BYTES as u64))
}

/// Refuses whoever does not have the token.
pub(super) async fn token(State(state): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    if has_token(&state, request.headers()) {
        next.run(request).await
    } else {
        ApiError::Unauthorized.into_response()
    }
}

/// Whether whoever asks has the token.
pub(super) fn has_token(state: &AppState, headers: &HeaderMap) -> bool {
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    bool::from(given.as_bytes().ct_eq(state.token.as_bytes()))
}

/// Whether a browser asks what it may ask.
fn asks_first(request: &Request) -> bool {
    request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn preflight() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Authorization, Content-Type, Last-Event-ID, X-Rozet-By"),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Headers that every answer carries; what concerns pages only, pages.
fn add_headers(headers: &mut HeaderMap) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let is_data = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if !is_data {
        for (name, value) in [
            (header::CONTENT_SECURITY_POLICY, CONTENT_POLICY),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::X_FRAME_OPTIONS, "DENY"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_loopback() {
        for good in ["127.0.0.1", "127.0.0.1:4000", "localhost:5173", "LOCALHOST", "[::1]:4000", "127.8.9.1"]
        {
            assert!(is_loopback(good), "{good}");
        }
        for bad in [
            "",
            "evil.example",
            "evil.example:4000",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "0.0.0.0",
            "192.168.1.2",
            "[::1]evil",
            "[::1",
            "::1",
        ] {
            assert!(!is_loopback(bad), "{bad}");
        }
    }

    #[test]
    fn foreign_origins_and_doubled_hosts_are_refused() {
        let origins = own_origins(&["http://127.0.0.1:4000", "http://127.0.0.1:5173"]);
        let refused = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.append(*name, HeaderValue::from_static(value));
            }
            refusal(&headers, None, &origins).is_some()
        };
        assert!(!refused(&[("host", "127.0.0.1:4000")]));
        assert!(!refused(&[("host", "localhost:5173"), ("origin", "http://localhost:5173")]));
        for pairs in [
            &[][..],
            &[("host", "evil.example")],
            &[("host", "127.0.0.1"), ("host", "evil.example")],
            &[("host", "127.0.0.1:4000"), ("origin", "http://evil.example")],
            &[("host", "127.0.0.1:4000"), ("origin", "null")],
            &[("host", "127.0.0.1:4000"), ("origin", "http://localhost:3000")],
        ] {
            assert!(refused(pairs), "{pairs:?}");
        }
    }
}

//! The other server.

use super::Sent;
use reqwest::{StatusCode, Url, redirect};
use rozet_observability::event::StoredEvent;
use rozet_observability::link::SidecarInfo;
use serde_json::{Map, Value};
use std::net::IpAddr;
use std::time::Duration;

/// Longest wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Where a forwarded event says what it was called where it came from.
const ORIGIN: &str = "forwarded_from";

/// A server of the known form.
pub(crate) struct Target {
    /// Without a password.
    name: String,
    events: Url,
    health: Url,
    http: reqwest::Client,
}

impl Target {
    /// The server at an address, such as `http://127.0.0.1:4000` or `http://127.0.0.1:4000/events`.
    ///
    /// # Errors
    /// In words for a person.
    pub(crate) fn new(url: &Url) -> Result<Self, String> {
        let mut base = url.clone();
        base.set_query(None);
        base.set_fragment(None);
        let path = base.path().trim_end_matches('/').trim_end_matches("/events").to_owned();
        let at = |end: &str| {
            let mut url = base.clone();
            url.set_path(&format!("{path}{end}"));
            url
        };
        let (events, health) = (at("/events"), at("/health"));
        let mut name = at("");
        let _ = (name.set_username(""), name.set_password(None));
        let mut http = reqwest::Client::builder().timeout(TIMEOUT).redirect(redirect::Policy::none());
        if is_loopback(url) {
            // A proxy from the environment has no place between two servers of one machine.
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| error.to_string())?;
        Ok(Self { name: name.to_string(), events, health, http })
    }

    /// The address without a password.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether this very sidecar answers there, under whatever name.
    pub(super) async fn is(&self, own: &SidecarInfo) -> bool {
        let Ok(response) = self.http.get(self.health.clone()).send().await else { return false };
        let answered: Result<SidecarInfo, _> = response.json().await;
        answered
            .is_ok_and(|info| (info.pid, info.started_at, &info.url) == (own.pid, own.started_at, &own.url))
    }

    /// Sends one event, and waits until it has been taken.
    ///
    /// # Errors
    /// When it is worth another try: in words for a person.
    pub(super) async fn send(&self, stored: &StoredEvent) -> Result<Sent, String> {
        let response = self.http.post(self.events.clone()).json(&known_form(stored)).send().await;
        let response = response.map_err(|error| match error.is_timeout() {
            true => "the other server does not answer in time".to_owned(),
            false => "the other server cannot be reached".to_owned(),
        })?;
        match response.status() {
            status if status.is_success() => {
                // Read to its end, the connection can be used again.
                let _ = response.bytes().await;
                Ok(Sent::Taken)
            }
            StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY => {
                Ok(Sent::Refused)
            }
            status => Err(format!("the other server answers with {status}")),
        }
    }
}

/// Whether the event came from another sidecar.
pub(super) fn was_forwarded(stored: &StoredEvent) -> bool {
    stored.event.extra.contains_key(ORIGIN)
}

/// The event as servers of the known form take it: what they do not know they keep or pass over.
fn known_form(stored: &StoredEvent) -> Map<String, Value> {
    let event = &stored.event;
    let mut fields = event.extra.clone();
    let mut set = |name: &str, value: Value| drop(fields.insert(name.to_owned(), value));
    set("source_app", event.source_app.clone().into());
    set("session_id", event.session_id.clone().into());
    set("hook_event_type", event.hook_event_type.clone().into());
    set("payload", event.payload.clone().into());
    set("timestamp", event.timestamp.into());
    set(ORIGIN, event.event_id.clone().into());
    for (name, value) in [("model_name", &event.model_name), ("summary", &event.summary)] {
        if let Some(value) = value {
            set(name, value.clone().into());
        }
    }
    fields
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_name_the_path_of_events() {
        for text in ["http://127.0.0.1:4000", "http://127.0.0.1:4000/", "http://127.0.0.1:4000/events?x=1"] {
            let target = Target::new(&Url::parse(text).unwrap()).unwrap();
            assert_eq!(target.events.as_str(), "http://127.0.0.1:4000/events");
            assert_eq!(target.health.as_str(), "http://127.0.0.1:4000/health");
        }
        let target = Target::new(&Url::parse("https://me:pass@events.example/team/").unwrap()).unwrap();
        assert_eq!(target.events.as_str(), "https://me:pass@events.example/team/events");
        assert_eq!(target.name(), "https://events.example/team");
    }
}

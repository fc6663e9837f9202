//! What plugins say of themselves: their versions, and what of them does not work in the OpenCode that they run in.

use crate::clock::now_ms;
use crate::opencode::Calls;
use rozet_observability::event::{Event, source};
use rozet_observability::reading::{Component, ComponentName, Degraded, EventFilter, EventRange};
use rozet_observability::store::{Store, StoreError};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Plugins that are remembered; those that have not been heard of for longest are forgotten.
const MAX_PLUGINS: usize = 64;
/// Things of one plugin that do not work.
const MAX_DEGRADED: usize = 32;
/// Longest text, in characters.
const MAX_CHARS: usize = 300;
/// How long a plugin without a link counts as there after its last word, in milliseconds.
const PRESENT_MS: i64 = 10 * 60 * 1_000;
/// How far back is read at the start, in milliseconds, and how many events.
const LOOK_BACK_MS: i64 = 24 * 60 * 60 * 1_000;
const MAX_EVENTS: u32 = 1_000;
/// The versions of OpenCode that Rozet is tried with: the oldest, and the newest.
const OLDEST_TRIED: (u64, u64) = (1, 15);
const NEWEST_TRIED: (u64, u64) = (1, 18);

/// What is known of all plugins. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Presence(Arc<Mutex<Vec<Plugin>>>);

#[derive(Debug, Clone, Default)]
struct Plugin {
    producer: String,
    is_tui: bool,
    plugin_version: Option<String>,
    opencode_version: Option<String>,
    /// By what does not work.
    degraded: BTreeMap<String, Degraded>,
    heard_at: i64,
    was_connected: bool,
}

impl Presence {
    /// Takes in what a trusted producer says.
    pub(crate) fn note(&self, event: &Event) {
        let text = |name: &str| {
            let text = event.payload.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())?;
            Some(text.chars().take(MAX_CHARS).collect::<String>())
        };
        let is_degraded = match event.hook_event_type.as_str() {
            "SessionStart" | "Stop" => false,
            // Other notices say nothing here.
            "Notification" if text("kind").as_deref() == Some("degraded") => true,
            _ => return,
        };
        if event.producer.is_empty() || event.source_app == source::SIDECAR {
            return;
        }
        let mut plugins = self.plugins();
        let plugin = plugin(&mut plugins, event);
        if !is_degraded {
            plugin.plugin_version = text("plugin_version").or_else(|| plugin.plugin_version.take());
            plugin.opencode_version = text("opencode_version").or_else(|| plugin.opencode_version.take());
            return;
        }
        let what = text("what").unwrap_or_else(|| "something that it does not name".to_owned());
        if plugin.degraded.len() < MAX_DEGRADED || plugin.degraded.contains_key(&what) {
            plugin.degraded.entry(what.clone()).or_insert(Degraded {
                producer: event.producer.clone(),
                what,
                since: event.timestamp,
                hint: text("hint").unwrap_or_default(),
                hook: text("hook"),
            });
        }
    }

    /// Reads back what was said before the daemon started.
    pub(crate) async fn recover(&self, store: &Store) -> Result<(), StoreError> {
        for kind in ["SessionStart", "Stop", "Notification"] {
            let from = Some(now_ms() - LOOK_BACK_MS);
            let filter = EventFilter { types: vec![kind.to_owned()], from, ..EventFilter::default() };
            let range = EventRange { before: None, after: None, limit: MAX_EVENTS, newest_first: true };
            let page = store.events(filter, range).await?;
            page.events.iter().rev().for_each(|stored| self.note(&stored.event));
        }
        Ok(())
    }

    /// The versions that work together, this daemon's first, and what does not work; of plugins that are there.
    pub(crate) fn told(&self, calls: &Calls) -> (Vec<Component>, Vec<Degraded>) {
        let own = env!("CARGO_PKG_VERSION");
        let mut components = vec![Component {
            name: ComponentName::Sidecar,
            version: own.to_owned(),
            producer: None,
            matches: true,
            note: None,
        }];
        let (mut degraded, now) = (Vec::new(), now_ms());
        for plugin in self.plugins().iter_mut() {
            let is_connected = calls.is_connected(&plugin.producer);
            plugin.was_connected |= is_connected;
            let spoke = !plugin.was_connected && now.saturating_sub(plugin.heard_at) < PRESENT_MS;
            if !is_connected && !spoke {
                continue;
            }
            degraded.extend(plugin.degraded.values().cloned());
            let producer = Some(plugin.producer.clone());
            if let Some(version) = &plugin.plugin_version {
                let name = if plugin.is_tui { ComponentName::Tui } else { ComponentName::Plugin };
                let matches = version == own;
                let note = (!matches).then(|| {
                    format!(
                        "the plugin is {version}, the sidecar {own}: update both to the same version, then run \
                         `rozet-sidecar restart` and start OpenCode anew"
                    )
                });
                components.push(Component {
                    name,
                    version: version.clone(),
                    producer: producer.clone(),
                    matches,
                    note,
                });
            }
            if let Some(version) = &plugin.opencode_version {
                let (matches, note) = tried(version);
                let (name, version) = (ComponentName::Opencode, version.clone());
                components.push(Component { name, version, producer, matches, note });
            }
        }
        degraded.sort_by_key(|one| one.since);
        (components, degraded)
    }

    fn plugins(&self) -> MutexGuard<'_, Vec<Plugin>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The plugin that speaks; it becomes the last one in the list.
fn plugin<'p>(plugins: &'p mut Vec<Plugin>, event: &Event) -> &'p mut Plugin {
    let known = plugins.iter().position(|plugin| plugin.producer == event.producer);
    let mut plugin = known.map(|place| plugins.remove(place)).unwrap_or_default();
    plugin.producer.clone_from(&event.producer);
    plugin.is_tui = event.source_app == source::TUI;
    plugin.heard_at = plugin.heard_at.max(event.timestamp);
    if plugins.len() >= MAX_PLUGINS {
        plugins.remove(0);
    }
    plugins.push_mut(plugin)
}

/// Whether Rozet works with this OpenCode, as far as anybody has tried.
fn tried(version: &str) -> (bool, Option<String>) {
    let mut numbers = version.trim_start_matches('v').split('.').map(|part| part.parse::<u64>().ok());
    let (Some(Some(major)), Some(Some(minor))) = (numbers.next(), numbers.next()) else {
        return (true, Some("its version cannot be read".to_owned()));
    };
    let ((oldest, old), (newest, new)) = (OLDEST_TRIED, NEWEST_TRIED);
    if (major, minor) < OLDEST_TRIED || major > newest {
        let note = format!("Rozet is tried with OpenCode {oldest}.{old} to {newest}.{new}: use one of these");
        return (false, Some(note));
    }
    let is_newer = (major, minor) > NEWEST_TRIED;
    (true, is_newer.then(|| format!("newer than what Rozet is tried with, {newest}.{new}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::Links;
    use serde_json::json;

    fn event(producer: &str, kind: &str, payload: impl Into<Value>) -> Event {
        let event = json!({"event_id": "e", "producer": producer, "seq": 1, "source_app": "rozet-opencode",
            "session_id": "s", "hook_event_type": kind, "payload": payload.into(), "timestamp": now_ms()});
        serde_json::from_value(event).unwrap()
    }

    #[test]
    fn versions_and_what_does_not_work_are_told_of_plugins_that_are_there() {
        let (presence, calls) = (Presence::default(), Calls::new(Links::new()));
        presence.note(&event("p", "SessionStart", json!({"plugin_version": "0.0.1"})));
        presence.note(&event("p", "Stop", json!({"opencode_version": "1.18.33"})));
        presence.note(&event(
            "p",
            "Notification",
            json!({"kind": "degraded", "what": "permissions", "hint": "h", "hook": "event"}),
        ));
        let again = json!({"kind": "degraded", "what": "permissions", "hint": 7});
        presence.note(&event("p", "Notification", again));
        presence.note(&event("p", "Notification", json!({"message": "hello"})));
        let (components, degraded) = presence.told(&calls);
        let told: Vec<_> =
            components.iter().map(|one| (one.name.as_str(), one.version.as_str(), one.matches)).collect();
        let own = env!("CARGO_PKG_VERSION");
        assert_eq!(told, [("sidecar", own, true), ("plugin", "0.0.1", false), ("opencode", "1.18.33", true)]);
        assert_eq!(degraded.len(), 1);
        assert_eq!((degraded[0].what.as_str(), degraded[0].hook.as_deref()), ("permissions", Some("event")));
        // A plugin whose stream was open has ended when it is not any more.
        let connected = calls.connected("p", "/w");
        assert_eq!(presence.told(&calls).1.len(), 1);
        drop(connected);
        assert_eq!((presence.told(&calls).0.len(), presence.told(&calls).1.len()), (1, 0));
    }

    #[test]
    fn versions_that_nobody_has_tried_are_told() {
        assert_eq!(tried("1.18.33"), (true, None));
        assert!(tried("1.19.0").0 && tried("1.19.0").1.is_some());
        assert!(!tried("1.14.9").0 && !tried("2.0.0").0 && tried("nightly").0);
    }

    #[test]
    fn no_more_plugins_are_remembered_than_fit() {
        let presence = Presence::default();
        for number in 0..200 {
            presence.note(&event(&format!("p{number}"), "SessionStart", json!({"plugin_version": "1"})));
        }
        assert_eq!(presence.plugins().len(), MAX_PLUGINS);
        assert_eq!(presence.plugins().last().unwrap().producer, "p199");
    }
}

//! Whether an event is wanted, told from the event alone.

use super::EventFilter;
use crate::event::Event;
use serde_json::Value;
use std::collections::HashSet;

/// Most sessions of a subtree that are followed.
const MOST_SESSIONS: usize = 10_000;

/// Judges events as they come, in the order in which they are stored.
#[derive(Debug, Clone)]
pub struct Judge {
    filter: EventFilter,
    /// The sessions of the filter's subtree that are known so far.
    subtree: HashSet<String>,
}

impl Judge {
    /// A judge by everything in the filter but its `text`, which only the store's index can judge. `subtree` has the
    /// descendants that are stored already.
    #[must_use]
    pub fn new(filter: EventFilter, subtree: Vec<String>) -> Self {
        let subtree = subtree.into_iter().chain(filter.subtree.clone()).collect();
        Self { filter, subtree }
    }

    /// Whether the event is wanted. A session that is said to be a child of the subtree belongs to it from then on.
    pub fn wants(&mut self, event: &Event) -> bool {
        let any = |wanted: &[String], found: Option<&str>| {
            wanted.is_empty() || found.is_some_and(|found| wanted.iter().any(|wanted| wanted == found))
        };
        let is_in_subtree = self.filter.subtree.is_none() || self.is_in_subtree(event);
        let filter = &self.filter;
        is_in_subtree
            && any(&filter.sessions, Some(&event.session_id))
            && any(&filter.sources, Some(&event.source_app))
            && any(&filter.types, Some(&event.hook_event_type))
            && any(&filter.tools, event.tool())
            && any(&filter.tasks, event.task())
            && filter.from.is_none_or(|from| event.timestamp >= from)
            && filter.to.is_none_or(|to| event.timestamp <= to)
    }

    fn is_in_subtree(&mut self, event: &Event) -> bool {
        if self.subtree.contains(&event.session_id) {
            return true;
        }
        let parent = event.payload.get("parent_id").and_then(Value::as_str);
        let is_child = parent.is_some_and(|parent| self.subtree.contains(parent));
        if is_child && self.subtree.len() < MOST_SESSIONS {
            self.subtree.insert(event.session_id.clone());
        }
        is_child
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(session: &str, payload: impl Into<Value>) -> Event {
        let event = json!({"event_id": "e", "source_app": "a", "session_id": session, "hook_event_type": "Stop",
            "payload": payload.into(), "timestamp": 5});
        serde_json::from_value(event).unwrap()
    }

    #[test]
    fn each_field_narrows_and_children_are_learnt() {
        let filter = EventFilter { subtree: Some("root".into()), ..EventFilter::default() };
        let mut judge = Judge::new(filter, vec!["old".into()]);
        assert!(judge.wants(&event("root", json!({}))) && judge.wants(&event("old", json!({}))));
        assert!(!judge.wants(&event("new", json!({}))));
        assert!(
            judge.wants(&event("new", json!({"parent_id": "old"}))) && judge.wants(&event("new", json!({})))
        );
        let tool = json!({"tool_name": "Bash", "task_id": "T1"});
        for (filter, wanted) in [
            (EventFilter { tools: vec!["Bash".into()], ..EventFilter::default() }, true),
            (EventFilter { tools: vec!["edit".into()], ..EventFilter::default() }, false),
            (
                EventFilter {
                    tasks: vec!["T1".into()],
                    types: vec!["Stop".into()],
                    ..EventFilter::default()
                },
                true,
            ),
            (
                EventFilter {
                    sessions: vec!["x".into(), "s".into()],
                    from: Some(5),
                    ..EventFilter::default()
                },
                true,
            ),
            (EventFilter { to: Some(4), ..EventFilter::default() }, false),
            (EventFilter { sources: vec!["b".into()], ..EventFilter::default() }, false),
        ] {
            assert_eq!(
                Judge::new(filter.clone(), vec![]).wants(&event("s", tool.clone())),
                wanted,
                "{filter:?}"
            );
        }
    }
}

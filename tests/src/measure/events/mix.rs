//! The events of a real run of the demo, again and again with other ids: what a store is full of.

use super::Places;
use crate::artifacts::repository;
use crate::home::{Home, Planner};
use crate::main_job::{self, DEFAULT_PROMPT, RunCommand, Stage};
use crate::opencode::OpenCode;
use crate::scripted_model::ScriptedModel;
use crate::sidecar::Sidecar;
use anyhow::{Context, Result, bail};
use rozet_observability::event::Event;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Write as _;

/// An id that is different in each copy has its last characters replaced by the number of the copy.
const NUMBER_CHARS: usize = 8;
/// Ids in the events of one run, at most.
const IDS: usize = 64;
/// A word that is another one in each copy; it is added to prompts, and to long texts, which are not the same in two runs
/// of anything but a demo.
const MARK: &str = "marker00000000";
/// Texts from this length on get the mark.
const LONG_CHARS: usize = 1_000;
/// Events that one producer makes before the next one begins.
const EVENTS_OF_PRODUCER: usize = 10_000;

/// The events of one run.
pub(super) struct Mix {
    events: Vec<Template>,
    ids: Vec<String>,
}

/// An event as JSON, cut at what differs between copies.
struct Template {
    pieces: Vec<Piece>,
}

enum Piece {
    Text(String),
    /// One of the ids.
    Id(usize),
}

impl Mix {
    /// Runs the demo's main job and keeps its events.
    pub(super) async fn of_the_demo(places: &Places<'_>) -> Result<Self> {
        let home = Home::temporary()?;
        let model = ScriptedModel::start(main_job::script(&home.workspace(), &RunCommand::find())).await?;
        home.configure_opencode(model.endpoint(), Some(&Home::plugin_entry(places.plugin)))?;
        let home = home.with_planner(Planner::Model(model.endpoint().to_owned()));
        let sidecar = Sidecar::start(places.sidecar, &home).await?;
        let workspace = home.workspace();
        let stage = Stage {
            opencode: &OpenCode::isolated(places.opencode, &home),
            sidecar: &sidecar.client,
            dashboard_url: &sidecar.info.dashboard_url,
            workspace: &workspace,
            model: Some(&model),
            model_name: None,
        };
        let report = main_job::run(&stage, DEFAULT_PROMPT, &|_| {}).await?;
        if !report.broken_promises.is_empty() {
            bail!("the demo does not go as it should: {:?}", report.broken_promises);
        }
        let events = sidecar.client.events().await?.into_iter().map(|stored| stored.event).collect();
        sidecar.stop().await?;
        Self::of(events)
    }

    fn of(mut events: Vec<Event>) -> Result<Self> {
        // The scratch folder of this run says nothing of the usual one.
        let mut ids = BTreeSet::from([MARK.to_owned()]);
        for event in &mut events {
            ids.insert(event.session_id.clone());
            for (name, value) in &mut event.payload {
                mark(name, value, &mut ids);
            }
        }
        // The longest first: one may begin like another.
        let mut ids: Vec<String> = ids.into_iter().filter(|id| id.len() > NUMBER_CHARS).collect();
        ids.sort_by_key(|id| std::cmp::Reverse(id.len()));
        if ids.len() > IDS {
            bail!("{} ids in one run of the demo", ids.len());
        }
        let events = events.iter().map(|event| Template::of(event, &ids)).collect::<Result<_>>()?;
        Ok(Self { events, ids })
    }

    /// Copies from the run of this number on, in batches. Two that write to one store differ in the name of their producers
    /// and in their runs.
    pub(super) fn copies<'a>(
        &'a self,
        producers: &'a str,
        first_run: usize,
        first_time: i64,
        step_ms: i64,
    ) -> Copies<'a> {
        Copies { mix: self, producers, run: first_run, next: 0, made: 0, time: first_time, step_ms }
    }

    fn id_of(&self, run: usize, id: usize) -> String {
        let original = self.ids.get(id).map(String::as_str).unwrap_or_default();
        let kept = original.get(..original.len().saturating_sub(NUMBER_CHARS)).unwrap_or_default();
        // The mark is a word for the whole run; of other ids there are several.
        let number = if original == MARK { run } else { run * IDS + id };
        format!("{kept}{number:0NUMBER_CHARS$x}")
    }

    /// The word that only this run's events have.
    pub(super) fn mark_of(run: usize) -> String {
        format!("{}{run:0NUMBER_CHARS$x}", MARK.trim_end_matches('0'))
    }

    /// The session of this run in which the most happens.
    pub(super) fn session_of(&self, run: usize) -> String {
        let session = self.ids.iter().position(|id| id.starts_with("ses_")).unwrap_or_default();
        self.id_of(run, session)
    }
}

/// Notes ids, and adds the mark to prompts and long texts.
fn mark(name: &str, value: &mut Value, ids: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if name.ends_with("_id") => drop(ids.insert(text.clone())),
        Value::String(text) if name == "prompt" || text.len() >= LONG_CHARS => {
            text.push(' ');
            text.push_str(MARK);
        }
        Value::Object(fields) => fields.iter_mut().for_each(|(name, value)| mark(name, value, ids)),
        Value::Array(items) => items.iter_mut().for_each(|value| mark(name, value, ids)),
        _ => {}
    }
}

impl Template {
    fn of(event: &Event, ids: &[String]) -> Result<Self> {
        let mut fields = serde_json::to_value(event)?;
        let fields = fields.as_object_mut().context("an event is no object")?;
        for own in ["event_id", "producer", "seq", "timestamp"] {
            fields.remove(own);
        }
        let text = serde_json::to_string(fields)?;
        let place = repository().to_string_lossy().into_owned();
        let mut rest = text.get(1..).unwrap_or_default().replace(&place, "/home/person/project");
        let mut pieces = Vec::new();
        let first = |text: &str| {
            ids.iter().enumerate().filter_map(|(id, word)| Some((text.find(word.as_str())?, id))).min()
        };
        while let Some((at, id)) = first(&rest) {
            let after = rest.split_off(at);
            pieces.push(Piece::Text(rest));
            pieces.push(Piece::Id(id));
            let length = ids.get(id).map_or(0, String::len);
            rest = after.get(length..).unwrap_or_default().to_owned();
        }
        pieces.push(Piece::Text(rest));
        Ok(Self { pieces })
    }
}

/// Writes copies.
pub(super) struct Copies<'a> {
    mix: &'a Mix,
    producers: &'a str,
    /// The run that is being copied.
    pub(super) run: usize,
    next: usize,
    made: usize,
    time: i64,
    step_ms: i64,
}

impl Copies<'_> {
    /// The next `count` events as the body of `POST /v1/events`; all are of one producer, so that there may be fewer.
    pub(super) fn batch(&mut self, count: usize) -> (Vec<u8>, usize) {
        let before = self.made % EVENTS_OF_PRODUCER;
        let count = count.min(EVENTS_OF_PRODUCER - before);
        let producer = format!("{}.1.{:08x}", self.producers, self.made / EVENTS_OF_PRODUCER);
        let mut body = format!(r#"{{"producer":"{producer}","events":["#).into_bytes();
        for number in 0..count {
            if number > 0 {
                body.push(b',');
            }
            let seq = before + number + 1;
            let _ = write!(
                body,
                r#"{{"event_id":"{producer}.{seq}","producer":"{producer}","seq":{seq},"timestamp":{},"#,
                self.time
            );
            self.time += self.step_ms;
            if let Some(template) = self.mix.events.get(self.next) {
                for piece in &template.pieces {
                    match piece {
                        Piece::Text(text) => body.extend_from_slice(text.as_bytes()),
                        Piece::Id(id) => body.extend_from_slice(self.mix.id_of(self.run, *id).as_bytes()),
                    }
                }
            }
            self.next += 1;
            if self.next == self.mix.events.len() {
                self.next = 0;
                self.run += 1;
            }
        }
        self.made += count;
        body.extend_from_slice(b"]}");
        (body, count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn copies_have_ids_of_their_own_and_are_whole() {
        let event: Event = serde_json::from_value(json!({
            "event_id": "p.1", "producer": "p", "seq": 1, "source_app": "rozet-opencode", "timestamp": 5,
            "session_id": "ses_0123456789abcdef", "hook_event_type": "UserPromptSubmit",
            "payload": {"prompt": "hello", "plan_id": "plan_0123456789", "of": "ses_0123456789abcdef"}
        }))
        .unwrap();
        let mix = Mix::of(vec![event.clone(), event]).unwrap();
        let mut copies = mix.copies("bench", 7, 100, 2);
        let (body, count) = copies.batch(3);
        let body: Value = serde_json::from_slice(&body).unwrap();
        let events = body["events"].as_array().unwrap();
        assert_eq!((count, events.len(), copies.run), (3, 3, 8));
        assert_eq!(events[2]["seq"], 3);
        assert_eq!(events[2]["timestamp"], 104);
        assert_eq!(events[0]["payload"]["prompt"], format!("hello {}", Mix::mark_of(7)));
        assert_eq!(events[0]["session_id"], mix.session_of(7));
        assert_eq!(events[0]["payload"]["of"], mix.session_of(7));
        assert_ne!(events[2]["session_id"], events[0]["session_id"]);
        let second = copies.batch(EVENTS_OF_PRODUCER);
        assert_eq!(second.1, EVENTS_OF_PRODUCER - 3);
    }
}

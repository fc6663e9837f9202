//! Events: how fast they come in, beside a server of the known form; how fast they are found again and streamed; what they
//! weigh; and what they cost inside OpenCode.

mod batches;
mod emitting;
mod load;
mod mix;
mod place;
mod sample;
mod single;
mod soak;
mod stored;
mod stream;
mod wire;

use super::Measured;
use anyhow::Result;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Where the built things are.
#[derive(Debug, Clone, Copy)]
pub struct Places<'a> {
    /// The OpenCode binary.
    pub opencode: &'a Path,
    /// The unpacked npm package.
    pub package: &'a Path,
    /// The packed one.
    pub plugin: &'a Path,
    /// The sidecar's binary.
    pub sidecar: &'a Path,
    /// The Bun that the server of the known form runs on.
    pub bun: &'a Path,
    /// The folder of the measuring scripts.
    pub scripts: &'a Path,
}

/// How much of it.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    /// Events in the store that is read from.
    pub stored: usize,
    /// How long events are sent at an even rate.
    pub soak: Duration,
}

/// A part that can be measured alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// One event for each request, beside a server of the known form
    Single,
    /// Readers of the live stream
    Stream,
    /// What an event costs inside OpenCode
    Inside,
    /// Batches, and until they are found
    Batches,
    /// What is read from a full store
    Stored,
    /// An even rate of events for a while
    Soak,
}

/// Measures these parts, or all; what cannot be measured is named with the reason.
pub async fn events(
    places: Places<'_>,
    extent: Extent,
    parts: &[Part],
    progress: &dyn Fn(&str),
) -> Vec<Measured> {
    let wanted = |part: Part| parts.is_empty() || parts.contains(&part);
    let mut numbers = Vec::new();
    let mut add = |what: &str, measured: Result<Vec<Measured>>| {
        let measured = measured.unwrap_or_else(|error| vec![Measured::missing(what, format!("{error:#}"))]);
        // All of it takes minutes: each part is told when it is known.
        measured.iter().for_each(|number| progress(&number.to_string()));
        numbers.extend(measured);
    };
    if wanted(Part::Single) {
        progress("measuring single events");
        add("single events", single::single(&places).await);
    }
    if wanted(Part::Stream) {
        progress("measuring readers of the stream");
        add("readers of the stream", stream::stream(&places).await);
    }
    if wanted(Part::Inside) {
        progress("measuring events inside OpenCode");
        add("events inside OpenCode", emitting::emitting(&places).await);
    }
    if ![Part::Batches, Part::Stored, Part::Soak].into_iter().any(wanted) {
        return numbers;
    }
    progress("running the demo");
    let mix = match mix::Mix::of_the_demo(&places).await {
        Ok(mix) => Arc::new(mix),
        Err(error) => {
            add("the demo's events", Err(error));
            return numbers;
        }
    };
    if wanted(Part::Batches) {
        progress("measuring batches");
        add("batches", batches::batches(&places, &mix).await);
    }
    if wanted(Part::Stored) {
        progress(&format!("measuring a store of {} events", extent.stored));
        add("a full store", stored::stored(&places, Arc::clone(&mix), extent.stored).await);
    }
    if wanted(Part::Soak) {
        progress(&format!("measuring {} s of events", extent.soak.as_secs()));
        add("a soak", soak::soak(&places, mix, extent.soak).await);
    }
    numbers
}

//! One event for each request, beside a server of the known form: pairs, by turns, so that what the machine does at the
//! time falls on both.

use super::load::{Load, load};
use super::place::{Durability, KnownForm, home, quiet, resident, server};
use super::wire::Server;
use super::{Places, sample};
use crate::measure::Measured;
use crate::measure::number::quantile;
use crate::sidecar::Sidecar;
use anyhow::Result;
use std::sync::Arc;
use std::time::Duration;

/// Connections, and how many times the other's rate is promised.
const PROMISED: [(usize, f64); 3] = [(64, 6.0), (16, 5.0), (1, 1.3)];
const PAIRS: usize = 5;
/// Long enough that the index, which follows by a second at most, is being written too.
const WARM_UP: Duration = Duration::from_millis(1_500);
const MEASURED: Duration = Duration::from_secs(3);
const RESIDENT_LIMIT_MB: f64 = 60.0;

pub(super) async fn single(places: &Places<'_>) -> Result<Vec<Measured>> {
    let mut numbers = Vec::new();
    for durability in [Durability::Process, Durability::Power] {
        for (connections, promised) in PROMISED {
            let pairs = if durability == Durability::Process { PAIRS } else { 1 };
            let promised = (durability == Durability::Process).then_some(promised);
            match side_by_side(places, durability, connections, pairs).await {
                Ok(seen) => numbers.extend(seen.numbers(durability, connections, promised)),
                Err(error) => {
                    numbers.push(Measured::missing(what(durability, connections), format!("{error:#}")));
                }
            }
        }
    }
    Ok(numbers)
}

fn what(durability: Durability, connections: usize) -> String {
    let power = if durability == Durability::Power { ", durability: power" } else { "" };
    format!("POST /events, 600 bytes, {connections} connections{power}")
}

struct Seen {
    /// The sidecar's and the other's, in turn.
    pairs: Vec<(Load, Load)>,
    most_resident: f64,
}

async fn side_by_side(
    places: &Places<'_>,
    durability: Durability,
    connections: usize,
    pairs: usize,
) -> Result<Seen> {
    let home = home(durability)?;
    let sidecar = Sidecar::start(places.sidecar, &home).await?;
    let known = KnownForm::start(places.bun, places.scripts, &home, durability).await?;
    let ours = server(&sidecar, &home)?;
    let requests =
        |server: &Server| Arc::new(sample::events().map(|body| server.post("/events", &body)).collect());
    let (our_requests, their_requests) = (requests(&ours), requests(&known.server));
    let mut seen = Seen { pairs: Vec::new(), most_resident: 0.0 };
    for number in 0..pairs {
        let mut pair = (Load::default(), Load::default());
        let ours_first = number.is_multiple_of(2);
        for is_ours in [ours_first, !ours_first] {
            if is_ours {
                pair.0 = load(&ours, &our_requests, connections, WARM_UP, MEASURED).await?;
                quiet(sidecar.info.pid).await?;
            } else {
                pair.1 = load(&known.server, &their_requests, connections, WARM_UP, MEASURED).await?;
                quiet(known.pid).await?;
            }
        }
        seen.pairs.push(pair);
    }
    seen.most_resident = resident(sidecar.info.pid)?.1;
    sidecar.stop().await?;
    Ok(seen)
}

impl Seen {
    fn median(&self, of: impl Fn(&(Load, Load)) -> f64) -> f64 {
        quantile(&mut self.pairs.iter().map(of).collect::<Vec<_>>(), 0.5)
    }

    fn numbers(&self, durability: Durability, connections: usize, promised: Option<f64>) -> Vec<Measured> {
        let what = what(durability, connections);
        let no_worse = promised.map(|_| 1.0);
        vec![
            Measured::per_second(format!("{what}, Rozet"), self.median(|pair| pair.0.rate), None),
            Measured::per_second(format!("{what}, on Bun"), self.median(|pair| pair.1.rate), None),
            Measured::times(
                format!("{what}, Rozet's rate to Bun's"),
                self.median(|pair| pair.0.rate / pair.1.rate),
            )
            .at_least(promised),
            Measured::time(format!("{what}, p50, Rozet"), self.median(|pair| pair.0.p50), None),
            Measured::time(format!("{what}, p50, on Bun"), self.median(|pair| pair.1.p50), None),
            Measured::time(format!("{what}, p99, Rozet"), self.median(|pair| pair.0.p99), None),
            Measured::time(format!("{what}, p99, on Bun"), self.median(|pair| pair.1.p99), None),
            Measured::times(
                format!("{what}, Rozet's p99 to Bun's"),
                self.median(|pair| pair.0.p99 / pair.1.p99),
            )
            .below(no_worse),
            Measured::megabytes(
                format!("{what}, Rozet's most memory"),
                self.most_resident,
                Some(RESIDENT_LIMIT_MB),
            ),
        ]
    }
}

//! `events`.

mod follow;
mod line;

use super::Context;
use super::client::Client;
use super::filter::Filter;
use anyhow::bail;
use rozet_observability::event::StoredEvent;
use rozet_observability::reading::EventPage;
use std::process::ExitCode;

/// Events of one page.
pub(super) const PAGE: u32 = 1_000;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    filter: Filter,
    /// Go on printing events as they are stored
    #[arg(long)]
    follow: bool,
    /// Print each event as one line of JSON
    #[arg(long)]
    json: bool,
    /// How many to begin with, 1 to 1000
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
}

pub(super) async fn run(context: &mut Context, args: &Args) -> anyhow::Result<ExitCode> {
    if args.follow && args.filter.text.is_some() {
        bail!(
            "--text looks for what is stored, and cannot be followed: leave out one of --text and --follow"
        );
    }
    let client = Client::find(context)?;
    let (events, newest) = newest(&client, &args.filter, args.limit).await?;
    for event in &events {
        if !context.out.line(&line::of(event, args.json)?) {
            return Ok(ExitCode::SUCCESS);
        }
    }
    if args.follow {
        return follow::run(context, &args.filter, args.json, &client, newest).await;
    }
    Ok(ExitCode::SUCCESS)
}

/// The newest events that are wanted, the oldest first, and the newest that there was when they were read.
async fn newest(client: &Client, filter: &Filter, limit: u32) -> anyhow::Result<(Vec<StoredEvent>, i64)> {
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let (mut events, mut newest, mut before) = (Vec::new(), None, None::<i64>);
    loop {
        let left = wanted - events.len();
        let mut fields = vec![("limit", left.to_string())];
        fields.extend(before.map(|before| ("before", before.to_string())));
        let page: EventPage = client.get(&filter.address("/v1/events", &fields)?).await?;
        let first = *newest.get_or_insert(page.newest);
        events.extend(page.events);
        before = page.next;
        if events.len() >= wanted || before.is_none() {
            events.reverse();
            return Ok((events, first));
        }
    }
}

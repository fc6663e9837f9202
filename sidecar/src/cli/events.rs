//! `events`.

use super::client::Client;
use super::{Context, output};
use anyhow::Context as _;
use futures_util::StreamExt;
use rozet_observability::event::StoredEvent;
use serde::Deserialize;
use serde_json::Value;
use std::process::ExitCode;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

/// Before a stream that ended is opened again.
const REOPEN_AFTER: Duration = Duration::from_millis(500);

#[derive(clap::Args)]
pub(super) struct Args {
    /// Go on printing events as they are stored
    #[arg(long)]
    follow: bool,
    /// Print each event as one line of JSON
    #[arg(long)]
    json: bool,
    /// How many to begin with, 1 to 1000 (with --follow: up to 300)
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
}

/// A frame of the known form.
#[derive(Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "lowercase")]
enum Frame {
    Initial(Vec<StoredEvent>),
    Event(Box<StoredEvent>),
}

pub(super) async fn run(context: &mut Context, args: &Args) -> anyhow::Result<ExitCode> {
    let client = Client::find(context)?;
    if args.follow {
        return follow(context, args, &client).await;
    }
    let events: Vec<StoredEvent> = client.get(&format!("/events/recent?limit={}", args.limit)).await?;
    for event in &events {
        if !context.out.line(&line(event, args.json)?) {
            break;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints what is stored, once each, also across a restart of the daemon.
async fn follow(context: &mut Context, args: &Args, client: &Client) -> anyhow::Result<ExitCode> {
    let mut last_id = None;
    let mut address = client.info.url.clone();
    loop {
        tokio::select! {
            read = read_stream(context, args, &address, &mut last_id) => {
                if read? {
                    return Ok(ExitCode::SUCCESS);
                }
            }
            _ = tokio::signal::ctrl_c() => return Ok(ExitCode::SUCCESS),
        }
        context.out.note("The stream ended; waiting for the sidecar…");
        tokio::select! {
            found = find_again(context) => address = found,
            _ = tokio::signal::ctrl_c() => return Ok(ExitCode::SUCCESS),
        }
    }
}

/// Waits, for as long as the person likes, until the daemon runs again.
async fn find_again(context: &Context) -> String {
    loop {
        tokio::time::sleep(REOPEN_AFTER).await;
        if let Ok(client) = Client::find(context) {
            return client.info.url;
        }
    }
}

/// Prints until the stream ends; true when nobody reads what is printed.
async fn read_stream(
    context: &mut Context,
    args: &Args,
    address: &str,
    last_id: &mut Option<i64>,
) -> anyhow::Result<bool> {
    let url = format!("{}/stream", address.replacen("http://", "ws://", 1));
    let Ok((mut socket, _)) = tokio_tungstenite::connect_async(url).await else { return Ok(false) };
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else { continue };
        let frame: Frame = serde_json::from_str(&text).context("the sidecar's stream makes no sense")?;
        let events = match frame {
            Frame::Event(event) => vec![*event],
            Frame::Initial(mut events) => {
                let wanted = usize::try_from(args.limit).unwrap_or(usize::MAX);
                if last_id.is_none() && events.len() > wanted {
                    events.drain(..events.len() - wanted);
                }
                events
            }
        };
        for event in events.iter().filter(|event| last_id.is_none_or(|last| event.id > last)) {
            if !context.out.line(&line(event, args.json)?) {
                return Ok(true);
            }
        }
        *last_id = events.last().map(|event| event.id).max(*last_id);
    }
    Ok(false)
}

fn line(stored: &StoredEvent, json: bool) -> anyhow::Result<String> {
    if json {
        return Ok(serde_json::to_string(stored)?);
    }
    let event = &stored.event;
    let seconds = event.timestamp.div_euclid(1_000).rem_euclid(86_400);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let about = ["task_id", "tool", "reason", "prompt", "message", "title"]
        .iter()
        .find_map(|name| event.payload.get(*name).and_then(Value::as_str))
        .unwrap_or_default();
    let about: String = output::plain(about).chars().take(80).collect();
    Ok(format!(
        "{hour:02}:{minute:02}:{second:02}Z {:<14} {:<17} {} {about}",
        output::plain(&event.source_app),
        output::plain(&event.hook_event_type),
        output::plain(&event.session_id)
    ))
}

//! `events --follow`: every event once, also across a restart of the daemon.

use super::line;
use crate::cli::Context;
use crate::cli::client::Client;
use crate::cli::filter::Filter;
use anyhow::Context as _;
use futures_util::StreamExt;
use rozet_observability::reading::ReaderFrame;
use std::process::ExitCode;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

/// Before a stream that ended is opened again.
const REOPEN_AFTER: Duration = Duration::from_millis(500);

/// How a stream ended.
enum End {
    /// The daemon went away.
    Lost,
    /// This reader was too slow: it goes on from where it is.
    Resync,
    /// Nobody reads what is printed.
    Unread,
}

/// Prints what is stored after an event, until it is interrupted.
pub(super) async fn run(
    context: &mut Context,
    filter: &Filter,
    json: bool,
    client: &Client,
    mut after: i64,
) -> anyhow::Result<ExitCode> {
    let mut address = client.info.url.clone();
    loop {
        let ended = tokio::select! {
            ended = read(context, filter, json, &address, &mut after) => ended?,
            _ = tokio::signal::ctrl_c() => return Ok(ExitCode::SUCCESS),
        };
        match ended {
            End::Unread => return Ok(ExitCode::SUCCESS),
            End::Resync => continue,
            End::Lost => context.out.note("The stream ended; waiting for the sidecar…"),
        }
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

/// Prints until the stream ends; `after` is where it goes on.
async fn read(
    context: &mut Context,
    filter: &Filter,
    json: bool,
    address: &str,
    after: &mut i64,
) -> anyhow::Result<End> {
    let path = filter.address("/v1/stream", &[("after", after.to_string())])?;
    let url = format!("{}{path}", address.replacen("http://", "ws://", 1));
    let Ok((mut socket, _)) = tokio_tungstenite::connect_async(url).await else { return Ok(End::Lost) };
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else { continue };
        let frame: ReaderFrame =
            serde_json::from_str(&text).context("the sidecar's stream makes no sense")?;
        let event = match frame {
            ReaderFrame::Event { data } => {
                *after = data.id.max(*after);
                data
            }
            ReaderFrame::Updated { data } => data,
            ReaderFrame::Ready { after: ready } => {
                *after = ready.max(*after);
                continue;
            }
            ReaderFrame::Resync { after: from } => {
                *after = from.max(*after);
                return Ok(End::Resync);
            }
        };
        if !context.out.line(&line::of(&event, json)?) {
            return Ok(End::Unread);
        }
    }
    Ok(End::Lost)
}

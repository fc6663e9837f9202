//! `dashboard`: opens the dashboard in the browser, with the token that lets it act.

use super::Context;
use super::client::Client;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;
use tokio::time::Instant;

/// What opens an address in the person's browser.
const OPENER: &str = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
/// How long it may take to fail.
const FAILS_WITHIN: Duration = Duration::from_secs(3);
const LOOK_EVERY: Duration = Duration::from_millis(20);

#[derive(clap::Args)]
pub(super) struct Args {
    /// Only print the address; whoever has it may act in your name
    #[arg(long)]
    print: bool,
}

pub(super) async fn run(context: &mut Context, args: &Args) -> anyhow::Result<ExitCode> {
    let client = Client::find(context)?;
    // A fragment is not sent to any server, and not noted in any log.
    let address = format!("{}/#token={}", client.info.url, client.token()?);
    if args.print {
        context.out.line(&address);
        return Ok(ExitCode::SUCCESS);
    }
    let opened = Command::new(OPENER)
        .arg(&address)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut opener) = opened else {
        context.out.note(&format!("{OPENER} is not there to open a browser. Open this address yourself:"));
        context.out.line(&address);
        return Ok(ExitCode::SUCCESS);
    };
    // One that becomes the browser does not end; one that finds none says so at once.
    let deadline = Instant::now() + FAILS_WITHIN;
    while Instant::now() < deadline {
        match opener.try_wait()? {
            None => tokio::time::sleep(LOOK_EVERY).await,
            Some(status) if status.success() => break,
            Some(_) => {
                context.out.note(&format!("{OPENER} could not open a browser. Open this address yourself:"));
                context.out.line(&address);
                return Ok(ExitCode::SUCCESS);
            }
        }
    }
    context.out.line(&format!("the dashboard is open in your browser: {}", client.info.url));
    Ok(ExitCode::SUCCESS)
}

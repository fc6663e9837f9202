//! `export`: events as lines of JSON, or a session as a page.

use super::Context;
use super::client::Client;
use super::events::PAGE;
use super::filter::Filter;
use crate::export::{MOST_ON_A_PAGE, Page};
use anyhow::bail;
use reqwest::Url;
use rozet_observability::event::StoredEvent;
use rozet_observability::reading::{EventPage, SessionView};
use std::process::ExitCode;

#[derive(clap::Args)]
pub(super) struct Args {
    /// One session with its descendants [default: everything]
    #[arg(value_name = "SESSION")]
    of: Option<String>,
    #[command(flatten)]
    filter: Filter,
    /// Print the session as one self-contained HTML page
    #[arg(long, requires = "of")]
    html: bool,
}

pub(super) async fn run(context: &mut Context, args: &Args) -> anyhow::Result<ExitCode> {
    let client = Client::find(context)?;
    let mut filter = args.filter.clone();
    if let Some(session) = &args.of {
        if filter.subtree.is_some() {
            bail!("a session is named twice: leave out --subtree");
        }
        filter.subtree = Some(session.clone());
    }
    match &args.of {
        Some(session) if args.html => html(context, &client, &filter, session).await?,
        Some(session) => {
            // Says so when there is none; otherwise nothing would be printed.
            let _: SessionView = client.get(&address_of(session)?).await?;
            lines(context, &client, &filter).await?;
        }
        None => lines(context, &client, &filter).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn lines(context: &mut Context, client: &Client, filter: &Filter) -> anyhow::Result<()> {
    let mut pages = Pages::new(client, filter);
    while let Some(events) = pages.next().await? {
        for event in events {
            if !context.out.line(&serde_json::to_string(&event)?) {
                return Ok(());
            }
        }
    }
    Ok(())
}

async fn html(context: &mut Context, client: &Client, filter: &Filter, session: &str) -> anyhow::Result<()> {
    let view: SessionView = client.get(&address_of(session)?).await?;
    let page = Page::new(&view);
    let mut is_read = context.out.text(&page.beginning());
    let (mut pages, mut shown) = (Pages::new(client, filter), 0);
    while is_read
        && shown < MOST_ON_A_PAGE
        && let Some(events) = pages.next().await?
    {
        let events = events.into_iter().take(MOST_ON_A_PAGE - shown);
        for event in events {
            shown += 1;
            is_read = is_read && context.out.text(&page.event(&event));
        }
    }
    let is_cut = shown == MOST_ON_A_PAGE;
    if is_cut {
        context.out.note("the page has the first 20000 events; `export` without --html prints all of them");
    }
    context.out.text(&page.end(is_cut));
    Ok(())
}

/// Where a session is shown, whatever its id is made of.
fn address_of(session: &str) -> anyhow::Result<String> {
    let mut url = Url::parse("http://127.0.0.1/v1/sessions")?;
    if matches!(session, "" | "." | "..") {
        bail!("there is no such session");
    }
    if let Ok(mut path) = url.path_segments_mut() {
        path.push(session);
    }
    Ok(url.path().to_owned())
}

/// All that is stored when the export begins, page by page.
struct Pages<'c> {
    client: &'c Client,
    filter: &'c Filter,
    /// None at the end.
    after: Option<i64>,
    /// What is stored from here on is not exported.
    before: Option<i64>,
}

impl<'c> Pages<'c> {
    const fn new(client: &'c Client, filter: &'c Filter) -> Self {
        Self { client, filter, after: Some(0), before: None }
    }

    async fn next(&mut self) -> anyhow::Result<Option<Vec<StoredEvent>>> {
        let Some(after) = self.after else { return Ok(None) };
        let mut fields =
            vec![("order", "oldest".to_owned()), ("after", after.to_string()), ("limit", PAGE.to_string())];
        fields.extend(self.before.map(|before| ("before", before.to_string())));
        let page: EventPage = self.client.get(&self.filter.address("/v1/events", &fields)?).await?;
        self.before.get_or_insert(page.newest.saturating_add(1));
        self.after = page.next;
        Ok(Some(page.events))
    }
}
